import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { median } from "../../bench/harness/statistics.ts";
import { type Flood, aFloodedGateway } from "./flood/flooded-gateway.ts";

const ROUNDS = 3;
const REQUESTS = { kind: "requests", clients: 8, ms: 2000 } as const;
const CONNECTIONS = { kind: "connections", clients: 2, ms: 2000 } as const;
/** For what a flood has left open. */
const SETTLE_MS = 1500;

const FLOODS: readonly (readonly [name: string, floods: readonly Flood[]])[] = [
  ["10,000 connections with slow heads", [{ kind: "slow heads", count: 10_000 }]],
  ["400 endless uploads", [{ kind: "endless bodies", count: 400 }]],
  ["400 connections that ask and ask", [{ kind: "requests", count: 400 }]],
  ["100 connections that pipeline", [{ kind: "pipelined requests", count: 100 }]],
  [
    "all of these at once",
    [
      { kind: "slow heads", count: 10_000 },
      { kind: "endless bodies", count: 200 },
      { kind: "requests", count: 200 },
      { kind: "handshakes", count: 50 },
    ],
  ],
];

it.for(FLOODS)("does not let a sandbox with %s slow another one", { timeout: 600_000 }, async ([name, floods]) => {
  const gateway = await aFloodedGateway();
  try {
    const both = async (): Promise<readonly [number, number]> => [
      (await gateway.measured(REQUESTS)).p99Ms,
      (await gateway.measured(CONNECTIONS)).p99Ms,
    ];
    await both();
    const rounds: { readonly without: readonly [number, number]; readonly with: readonly [number, number] }[] = [];
    let most = 0;
    for (let round = 0; round < ROUNDS; round += 1) {
      const without = await both();
      const end = await gateway.flood(floods);
      const flooded = await both();
      most = Math.max(most, gateway.memory());
      await end();
      await sleep(SETTLE_MS);
      rounds.push({ without, with: flooded });
    }
    const p99 = (of: "without" | "with", load: 0 | 1): number => median(rounds.map((each) => each[of][load]));
    const text = ([0, 1] as const).map(
      (load) => `${p99("without", load).toFixed(1)} → ${p99("with", load).toFixed(1)}`,
    );
    process.stdout.write(
      `${name}: p99 of requests ${text[0]} ms, of connections ${text[1]} ms; ${most.toFixed(0)} MiB at most\n`,
    );
    expect(gateway.log()).not.toMatch(/"event":"(?:internal-error|exchange-failed|connection-failed)"/);
    expect(most).toBeLessThan(512);
    expect(p99("with", 0) / p99("without", 0)).toBeLessThanOrEqual(2);
    // New connections are told and not judged: they stand in one queue of the kernel, behind whatever the flood has put there.
  } finally {
    await gateway.end();
  }
});
