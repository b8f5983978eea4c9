import { setTimeout as sleep } from "node:timers/promises";
import { type Measured, type Results, alternating } from "./gateway/rounds.ts";
import { armsOf, intercepting, tunnelling } from "./gateway/arms.ts";
import { memoryFigures } from "./gateway/memory-figures.ts";
import { type Peers, onStage } from "./gateway/stage.ts";
import type { Work } from "./gateway/load/job.ts";
import type { Bench } from "./harness/bench.ts";
import type { Benchmark } from "./harness/benchmark.ts";
import type { Figure, Target, Unit } from "./harness/figure.ts";

/** Smaller numbers are for whoever works on the benchmark itself. */
const ROUNDS = Number(process.env["COOP_BENCH_ROUNDS"] ?? 7);
const HOSTS = Number(process.env["COOP_BENCH_HOSTS"] ?? 10_000);
const MS = Number(process.env["COOP_BENCH_MS"] ?? 2000);
const SETTLE_MS = 2000;

const LOADS = {
  requests: { kind: "requests", clients: 64, ms: MS },
  "one client": { kind: "requests", clients: 1, ms: MS },
  connections: { kind: "connections", clients: 8, ms: MS },
  download: { kind: "download", bytes: 64 * 1024 * 1024, ms: MS },
  events: { kind: "events", times: 20 },
} as const satisfies Record<string, Work>;

type Load = keyof typeof LOADS;

/** What the gateway costs on the way to a host (issue 4 §3). */
export const gateway: Benchmark = {
  name: "gateway",
  about:
    "requests, connections and streams by way of forwarder and gateway, against squid, mitmproxy and no proxy at all",
  run: async (bench) => {
    const rated = await onStage(bench, 0, async ({ direct, coop, peers, done }) => {
      sayOf(bench, peers);
      await sleep(SETTLE_MS);
      const arms = armsOf(direct, coop, peers);
      const results = await alternating(arms, { rounds: ROUNDS, loads: LOADS, done, say: bench.say });
      return {
        results,
        why: peers.kind === "missing" ? `not compared with squid and mitmproxy: ${peers.why}` : peers.versions,
      };
    });
    const memory = await onStage(bench, HOSTS, (stage) => memoryFigures(stage, HOSTS, bench.say));
    return [...rateFigures(rated.results, rated.why), ...memory];
  },
};

function sayOf(bench: Bench, peers: Peers): void {
  bench.say(
    peers.kind === "there" ? `against ${peers.versions}` : `Not compared with squid and mitmproxy: ${peers.why}.`,
  );
}

const rate = (measured: Measured): number => measured.count / measured.seconds;
const throughput = (measured: Measured): number => measured.bytes / measured.seconds / 1024 ** 2;

function rateFigures(results: Results, note: string): readonly Figure[] {
  const figure = (
    what: string,
    [load, arm, peer]: readonly [Load, string, string],
    [unit, of]: readonly [Unit, (measured: Measured) => number],
    target: Target | null = null,
  ): Figure => {
    const values = results.of(load, peer).map(of);
    return {
      what: `${arm}, ${what}`,
      unit,
      ours: results.of(load, arm).map(of),
      peer: values.length === 0 ? null : { name: peer, values },
      target,
      note: values.length === 0 && target !== null ? note : "",
    };
  };
  const perSecond = ["/s", rate] as const;
  const mebibytes = ["MiB/s", throughput] as const;
  const p99 = ["ms", (measured: Measured) => measured.p99Ms] as const;
  const p50 = ["ms", (measured: Measured) => measured.p50Ms] as const;
  const cpu = ["µs CPU", (measured: Measured) => measured.cpuMicroseconds] as const;
  const least = (share: number): Target => ({ kind: "ratio-least", least: share });
  const { coop: reads, alone: readsAlone } = intercepting;
  const { coop: tunnels, alone: tunnelsAlone } = tunnelling;
  return [
    figure("64 clients: requests", ["requests", reads, "squid SslBump"], perSecond, least(0.5)),
    figure("64 clients: requests", ["requests", reads, "mitmproxy"], perSecond, least(3)),
    figure("64 clients: requests", ["requests", reads, "direct"], perSecond),
    figure("64 clients: requests", ["requests", readsAlone, "squid SslBump"], perSecond),
    ...["squid SslBump", "mitmproxy", "direct"].flatMap((peer) => [
      figure("64 clients: p99", ["requests", reads, peer], p99),
      figure("1 client: p50", ["one client", reads, peer], p50),
      figure("new connections", ["connections", reads, peer], perSecond),
      figure("64 MiB at a time", ["download", reads, peer], mebibytes),
    ]),
    figure("first event of a stream", ["events", reads, "direct"], p50, { kind: "more", most: 5 }),
    figure("first event of a stream", ["events", reads, "squid SslBump"], p50),
    figure("first event of a stream", ["events", reads, "mitmproxy"], p50),
    figure("64 clients: requests", ["requests", tunnels, "squid CONNECT"], perSecond, least(0.7)),
    figure("new connections", ["connections", tunnels, "squid CONNECT"], perSecond, least(0.7)),
    figure("64 MiB at a time", ["download", tunnels, "squid CONNECT"], mebibytes, least(0.7)),
    figure("64 clients: requests", ["requests", tunnelsAlone, "squid CONNECT"], perSecond),
    figure("64 clients: p99", ["requests", tunnels, "squid CONNECT"], p99),
    figure("first event of a stream", ["events", tunnels, "direct"], p50),
    figure("a request", ["requests", reads, "squid SslBump"], cpu),
    figure("a request", ["requests", readsAlone, "mitmproxy"], cpu),
    figure("a request", ["requests", tunnels, "squid CONNECT"], cpu),
    figure("a connection", ["connections", reads, "squid SslBump"], cpu),
    figure("a connection", ["connections", tunnels, "squid CONNECT"], cpu),
  ];
}
