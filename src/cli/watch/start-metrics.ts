import type { Clock } from "../../ports/clock.ts";
import type { News } from "../../reconcile/world.ts";
import type { World } from "../world.ts";
import { followDecisions } from "./follow-decisions.ts";
import type { MetricsAddress } from "./metrics-address.ts";
import { serveMetrics } from "./metrics-server.ts";
import { WatchMetrics } from "./watch-metrics.ts";

/** Metrics of a running watch. */
export interface RunningMetrics {
  readonly report: (news: News) => void;
  /** Takes the project that is watched, and the engine by which its gateway is heard. */
  readonly opened: (world: World) => void;
  readonly close: () => void;
}

/** Serves metrics at an address and hears the gateway's decisions, until it is closed. */
export async function startMetrics(
  address: MetricsAddress,
  clock: Clock,
  signal: AbortSignal,
): Promise<RunningMetrics> {
  const metrics = await WatchMetrics.make();
  const server = await serveMetrics(metrics, address);
  let world: World | null = null;
  void followDecisions(
    () => world?.backend.operations ?? null,
    () => world?.project.model.project ?? "",
    clock,
    (line) => metrics.decided(line),
    signal,
  );
  return {
    report: (news) => metrics.report(news),
    opened: (opened) => {
      world = opened;
    },
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
