import type * as PromClient from "prom-client";
import type { Counter, Gauge, Histogram, Registry } from "prom-client";
import type { ProjectState } from "../../reconcile/state.ts";
import type { News } from "../../reconcile/world.ts";

const PHASES = ["converged", "progressing", "blocked", "failed"] as const;

/** Seconds: a resident pass should take some tens of milliseconds, one on a busy engine some seconds. */
const PASS_BUCKETS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** What a reconciler does, in the Prometheus text format. Counted since it began; no name of a host or a path stands in it. */
export class WatchMetrics {
  readonly #registry: Registry;
  readonly #passes: Histogram;
  readonly #drift: Counter<"what">;
  readonly #changes: Counter<"action" | "outcome">;
  readonly #objects: Gauge<"state">;
  readonly #phase: Gauge<"phase">;
  readonly #decisions: Counter<"verdict" | "code">;
  #passed = 0;
  #counted = { driftFound: 0, driftHealed: 0 };

  private constructor(library: Omit<typeof PromClient, "default">) {
    const { Registry, Histogram, Counter, Gauge } = library;
    this.#registry = new Registry();
    const registers = [this.#registry];
    const help = "of this watch";
    this.#passes = new Histogram({
      name: "coop_pass_duration_seconds",
      help: `How long the looks ${help} took, from the file to what is to be done.`,
      buckets: PASS_BUCKETS,
      registers,
    });
    this.#drift = new Counter({
      name: "coop_drift_total",
      help: "Objects that the world had moved: found, and healed.",
      labelNames: ["what"],
      registers,
    });
    this.#changes = new Counter({
      name: "coop_changes_total",
      help: `Changes ${help} that have ended, by action and outcome.`,
      labelNames: ["action", "outcome"],
      registers,
    });
    this.#objects = new Gauge({
      name: "coop_objects",
      help: "Objects of the project by how they stand towards the file.",
      labelNames: ["state"],
      registers,
    });
    this.#phase = new Gauge({
      name: "coop_phase",
      help: "1 for the phase that the project is in.",
      labelNames: ["phase"],
      registers,
    });
    this.#decisions = new Counter({
      name: "coop_gateway_decisions_total",
      help: "What the gateway allowed and refused, by verdict and code. Equal refusals within ten seconds are one line of its log, and one here.",
      labelNames: ["verdict", "code"],
      registers,
    });
    for (const what of ["found", "healed"]) this.#drift.inc({ what }, 0);
  }

  /** Loads the library, which no other command needs. */
  static async make(): Promise<WatchMetrics> {
    // CommonJS: its names stand beside the default in Node, and only in the default where it is bundled.
    const { default: library } = await import("prom-client");
    return new WatchMetrics(library);
  }

  report(news: News): void {
    if (news.kind === "change" && news.event.kind === "ended")
      this.#changes.inc({ action: news.event.change.action, outcome: news.event.outcome.kind });
    if (news.kind === "pass" || news.kind === "state") this.#became(news.state);
  }

  /** One line of the gateway's log. What is no decision counts as none. */
  decided(line: string): void {
    const { verdict, code } = verdictOf(line);
    if (verdict === "allow" || verdict === "deny") this.#decisions.inc({ verdict, code: code ?? "" });
  }

  text(): Promise<string> {
    return this.#registry.metrics();
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  #became({ project, counters, objects, phase }: ProjectState): void {
    // A file that names another project is another series.
    this.#registry.setDefaultLabels({ project });
    if (counters.passes > this.#passed) this.#passes.observe(counters.lastPassMs / 1000);
    this.#passed = counters.passes;
    const { driftFound, driftHealed } = counters;
    this.#drift.inc({ what: "found" }, driftFound - this.#counted.driftFound);
    this.#drift.inc({ what: "healed" }, driftHealed - this.#counted.driftHealed);
    this.#counted = { driftFound, driftHealed };
    this.#objects.reset();
    for (const { standing } of objects.values()) this.#objects.inc({ state: standing.kind });
    for (const each of PHASES) this.#phase.set({ phase: each }, each === phase ? 1 : 0);
  }
}

function verdictOf(line: string): { readonly verdict?: unknown; readonly code?: string | null } {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null ? value : {};
  } catch {
    return {};
  }
}
