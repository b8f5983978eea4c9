import type { CoopGateway } from "./coop-gateway.ts";
import type { Way } from "./load/way.ts";
import type { Arm } from "./rounds.ts";
import type { Peers } from "./stage.ts";

/** The names of coop's own arms: with the forwarder, as a sandbox has it, and without. */
export const intercepting = { coop: "intercepting", alone: "intercepting, without the forwarder" } as const;
export const tunnelling = { coop: "tunnel", alone: "tunnel, without the forwarder" } as const;

/** Every way that is compared, coop's between those that it is compared with. */
export function armsOf(direct: Way, coop: CoopGateway, peers: Peers): readonly Arm[] {
  const { gatewayPid, forwarderPids, tunnels } = coop;
  const all = (): readonly number[] => [gatewayPid, ...forwarderPids];
  const alone = (): readonly number[] => [gatewayPid];
  const arm = (key: string, way: Way | null | undefined, pids: () => readonly number[]): readonly Arm[] =>
    way === null || way === undefined ? [] : [{ key, way, pids }];
  const { squid, mitmproxy } = peers.kind === "there" ? peers : { squid: null, mitmproxy: null };
  return [
    ...arm("direct", direct, () => []),
    ...(squid === null ? [] : arm("squid SslBump", squid.intercept, squid.pids)),
    ...arm(intercepting.coop, coop.intercept, all),
    ...(mitmproxy === null ? [] : arm("mitmproxy", mitmproxy.intercept, mitmproxy.pids)),
    ...arm(intercepting.alone, coop.interceptAlone, alone),
    ...(squid === null ? [] : arm("squid CONNECT", squid.tunnel, squid.pids)),
    ...arm(tunnelling.coop, tunnels[0], all),
    ...arm(tunnelling.alone, coop.tunnelAlone, alone),
  ];
}
