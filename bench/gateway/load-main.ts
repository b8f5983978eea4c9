// The load generator of bench/gateway, in a process of its own: jobs as lines of JSON on standard input, reports on standard output.
import { createInterface } from "node:readline";
import type { TLSSocket } from "node:tls";
import { quantile } from "../harness/statistics.ts";
import { type Seen, closedLoop } from "./load/closed-loop.ts";
import { manyHosts, newConnections, opened } from "./load/connections.ts";
import { firstEvents } from "./load/first-event.ts";
import type { Done, Job, Report } from "./load/job.ts";

const held = new Map<string, readonly TLSSocket[]>();

for await (const line of createInterface({ input: process.stdin })) {
  const job = JSON.parse(line) as Job;
  for (const socket of held.get(job.way.name) ?? []) socket.destroy();
  held.delete(job.way.name);
  process.stdout.write(`${JSON.stringify(await reportOf(job))}\n`);
}
// Whoever started it has gone.
process.exit(0);

async function reportOf(job: Job): Promise<Report> {
  try {
    return { ok: true, done: doneOf(await seenBy(job)) };
  } catch (error) {
    return {
      ok: false,
      why: `${job.way.name}, ${job.work.kind}: ${error instanceof Error ? error.message : String(error)}`,
    };
  }
}

async function seenBy({ way, host, work }: Job): Promise<Seen> {
  switch (work.kind) {
    case "requests":
      return closedLoop(way, host, "/small", work.clients, work.ms);
    case "connections":
      return newConnections(way, host, work.clients, work.ms);
    case "download":
      return closedLoop(way, host, `/large/${work.bytes}`, 1, work.ms);
    case "events":
      return firstEvents(way, host, work.times);
    case "hosts":
      return manyHosts(way, host, work.clients, work.count);
    case "hold": {
      const began = performance.now();
      held.set(way.name, await opened(way, host, work.count));
      return {
        seconds: (performance.now() - began) / 1000,
        bytes: 0,
        latencies: Array.from({ length: work.count }, () => 0),
      };
    }
  }
}

function doneOf({ seconds, bytes, latencies }: Seen): Done {
  return {
    count: latencies.length,
    seconds,
    bytes,
    p50Ms: quantile(latencies, 0.5),
    p99Ms: quantile(latencies, 0.99),
  };
}
