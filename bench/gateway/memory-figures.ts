import { setTimeout as sleep } from "node:timers/promises";
import type { Figure } from "../harness/figure.ts";
import { memoryOf } from "../harness/memory.ts";
import type { Way } from "./load/way.ts";
import type { Stage } from "./stage.ts";

const TUNNELS = 1000;
const CLIENTS = 8;
const SETTLE_MS = 3000;

/** One proxy, fresh from its start. */
interface Subject {
  readonly name: string;
  readonly reads: Way;
  /** Tunnels are held over these, as many over each. */
  readonly holds: readonly Way[];
  readonly pids: () => readonly number[];
}

/** Private memory of all of a proxy's processes: at first, after many hosts, and with idle tunnels on top. */
interface Steps {
  readonly name: string;
  readonly atFirst: number;
  readonly afterHosts: number;
  readonly withTunnels: number;
}

/** What proxies hold in memory after so many hosts, and with a thousand idle tunnels. */
export async function memoryFigures(
  stage: Stage,
  hosts: number,
  say: (line: string) => void,
): Promise<readonly Figure[]> {
  const { coop, peers } = stage;
  const own = { reads: coop.intercept, holds: coop.tunnels };
  const subjects: Subject[] = [
    { ...own, name: "gateway and forwarders", pids: () => [coop.gatewayPid, ...coop.forwarderPids] },
  ];
  if (peers.kind === "there") {
    const { squid, mitmproxy } = peers;
    if (squid.intercept !== null && squid.tunnel !== null)
      subjects.push({ name: "squid", reads: squid.intercept, holds: [squid.tunnel], pids: squid.pids });
    if (mitmproxy.intercept !== null)
      subjects.push({
        name: "mitmproxy",
        reads: mitmproxy.intercept,
        holds: [mitmproxy.intercept],
        pids: mitmproxy.pids,
      });
  }
  const steps: Steps[] = [];
  for (const subject of subjects) steps.push(await stepsOf(subject, stage, hosts, say));
  const [ours, ...others] = steps;
  if (ours === undefined) return [];
  return others.length === 0 ? figuresOf(ours, null, hosts) : others.flatMap((each) => figuresOf(ours, each, hosts));
}

async function stepsOf(subject: Subject, stage: Stage, hosts: number, say: (line: string) => void): Promise<Steps> {
  const { name, reads, holds } = subject;
  const now = async (): Promise<number> => {
    await sleep(SETTLE_MS);
    return subject.pids().reduce((sum, pid) => sum + memoryOf(pid).own, 0);
  };
  await stage.done(reads, { kind: "requests", clients: 1, ms: 500 });
  const atFirst = await now();
  const { seconds } = await stage.done(reads, { kind: "hosts", clients: CLIENTS, count: hosts });
  const afterHosts = await now();
  for (const way of holds) await stage.done(way, { kind: "hold", count: TUNNELS / holds.length });
  const withTunnels = await now();
  for (const way of holds) await stage.done(way, { kind: "requests", clients: 1, ms: 1 });
  const shown = [atFirst, afterHosts, withTunnels].map((each) => Math.round(each)).join(", ");
  say(
    `${name}: ${hosts} hosts in ${Math.round(seconds)} s; ${shown} MiB at first, after them, and with ${TUNNELS} idle tunnels`,
  );
  return { name, atFirst, afterHosts, withTunnels };
}

function figuresOf(ours: Steps, peer: Steps | null, hosts: number): readonly Figure[] {
  const figure = (what: string, of: (steps: Steps) => number): Figure => ({
    what: `${ours.name}, memory of their own ${what}`,
    unit: "MiB",
    ours: [of(ours)],
    peer: peer === null ? null : { name: peer.name, values: [of(peer)] },
    target: null,
    note: "",
  });
  return [
    figure("at first", (steps) => steps.atFirst),
    figure(`after ${hosts} hosts`, (steps) => steps.afterHosts),
    figure(`with ${TUNNELS} idle tunnels as well`, (steps) => steps.withTunnels),
  ];
}
