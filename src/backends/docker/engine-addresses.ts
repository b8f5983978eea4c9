import type Dockerode from "dockerode";
import ipaddr from "ipaddr.js";
import { NETWORK } from "../../../compilers/container/plumbing.ts";
import { objectName } from "../../../compilers/container/names.ts";
import type { EngineAddresses } from "../../model/inputs.ts";
import { engineCall } from "./engine-errors.ts";

/** Where the engine's host answers on the bridges of its networks: their routers are the host itself. */
export async function engineAddresses(docker: Dockerode, project: string): Promise<EngineAddresses> {
  const networks = await engineCall("list its networks", () => docker.listNetworks());
  const own = objectName(project, NETWORK);
  const routersOf = (mine: boolean): readonly string[] =>
    networks
      .filter((each) => (each.Name === own) === mine)
      .flatMap((each) => (each.IPAM?.Config ?? []).flatMap((range) => routerOf(range)));
  return { others: routersOf(false), own: routersOf(true) };
}

// Where none is named, the engine takes the first address of the range.
function routerOf(range: {
  readonly Gateway?: string | undefined;
  readonly Subnet?: string | undefined;
}): readonly string[] {
  const { Gateway: gateway, Subnet: subnet } = range;
  if (gateway !== undefined && ipaddr.isValid(gateway)) return [gateway];
  if (subnet === undefined || !ipaddr.isValidCIDR(subnet)) return [];
  const [network, bits] = ipaddr.parseCIDR(subnet);
  const bytes = network.toByteArray();
  const first = bytes.map((byte, at) => {
    const kept = Math.max(0, Math.min(8, bits - at * 8));
    return byte & (0xff << (8 - kept)) & 0xff;
  });
  first[first.length - 1] = (first.at(-1) ?? 0) | 1;
  return [ipaddr.fromByteArray(first).toString()];
}
