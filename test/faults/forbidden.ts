import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { must, run } from "../e2e/support/command.ts";
import { anOrdinaryContainer, inspect } from "../e2e/support/containers.ts";
import type { Scope } from "../e2e/support/scope.ts";

/** Doors that no agent may reach: another container, on the engine's own bridge, and the machine itself. */
export interface Forbidden {
  /** A line for bash that tries all of them for as long as it runs, past the proxy and through it. */
  readonly probing: string;
  /** Who has come in, one line each. Empty, as long as nobody has but the control. */
  readonly reached: () => Promise<readonly string[]>;
  /** Whether an ordinary container reaches them by the same line: without that the others' silence means nothing. */
  readonly control: () => Promise<void>;
}

const PORT = 7070;

const STAND_IN = `
const tell = (way, text) => console.log("HIT " + way + " " + String(text).split("\\r\\n")[0]);
require("net").createServer((s) => { s.on("error", () => {}); s.once("data", (d) => { tell("tcp", d); s.end("HTTP/1.0 200 OK\\r\\n\\r\\n"); }); }).listen(${PORT});
const udp = require("dgram").createSocket("udp4");
udp.on("message", (d) => tell("udp", d)).bind(${PORT});
console.log("ready");`;

export async function forbiddenDoors(scope: Scope): Promise<Forbidden> {
  const standIn = await anOrdinaryContainer(scope, { network: "bridge", command: ["node", "-e", STAND_IN] });
  const { IPAddress, Gateway } = (await inspect(standIn)).NetworkSettings.Networks["bridge"] ?? {};
  const hits: string[] = [];
  const host = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.once("data", (data) => {
      hits.push(`host ${data.toString("latin1").split("\r\n")[0] ?? ""}`);
      socket.end("HTTP/1.0 200 OK\r\n\r\n");
    });
  });
  await new Promise<void>((resolve) => host.listen(0, "0.0.0.0", resolve));
  scope.later(() => host.close());
  // A server that listens on a port has an address of this form.
  const { port } = host.address() as AddressInfo;
  const doors = [`${IPAddress}:${PORT}`, `${Gateway}:${port}`];
  const probing = lineFor(doors);
  const all = async (): Promise<readonly string[]> => {
    const told = (await must(["docker", "logs", standIn])).split("\n").filter((line) => line.startsWith("HIT "));
    return [...told, ...hits];
  };
  return {
    probing,
    reached: async () => (await all()).filter((line) => !line.includes("-control")),
    control: async () => {
      const flags = ["-e", "COOP_AGENT=control"];
      const name = await anOrdinaryContainer(scope, { network: "bridge", flags, command: ["bash", "-c", probing] });
      for (let tries = 0; tries < 100; tries += 1) {
        const came = (await all()).filter((line) => line.includes("-control"));
        const ways = ["HIT tcp", "HIT udp", "host "].filter((way) => came.some((line) => line.startsWith(way)));
        if (ways.length === 3) return void (await run(["docker", "rm", "-f", name]));
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      throw new Error("an ordinary container does not reach the forbidden doors: the probe proves nothing");
    },
  };
}

// Only what bash has built in, so that seven agents that never rest cost the machine little.
function lineFor(doors: readonly string[]): string {
  const tries = doors.map((door) => {
    const [host = "", port = ""] = door.split(":");
    const direct = `(exec 3<>/dev/tcp/${host}/${port} && printf 'GET /direct-'$COOP_AGENT' HTTP/1.0\\r\\n\\r\\n' >&3)`;
    const datagram = `(exec 3<>/dev/udp/${host}/${port} && printf 'datagram-'$COOP_AGENT >&3)`;
    const proxied = `(exec 3<>/dev/tcp/127.0.0.1/3128 && printf 'GET http://${door}/proxied-'$COOP_AGENT' HTTP/1.1\\r\\nHost: ${door}\\r\\nConnection: close\\r\\n\\r\\n' >&3 && read -t 2 -r line <&3)`;
    const tunnelled = `(exec 3<>/dev/tcp/127.0.0.1/3128 && printf 'CONNECT ${door} HTTP/1.1\\r\\nHost: ${door}\\r\\n\\r\\n' >&3 && read -t 2 -r line <&3)`;
    return [direct, datagram, proxied, tunnelled].join("; ");
  });
  return `while :; do { ${tries.join("; ")}; } 2>/dev/null; sleep 1; done`;
}
