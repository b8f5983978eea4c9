import { setTimeout as sleep } from "node:timers/promises";
import { engineList, engineMaybe, filtersOf } from "../support/raw-engine.ts";
import type { Json } from "../support/raw-engine.ts";
import { isNameless } from "./canonical-dump.ts";
import { lackOfHardening } from "./hardening.ts";

/** What a watcher outside of coop has seen of a project's containers. */
export interface Seen {
  /** How many reports were looked at. */
  readonly samples: number;
  /** What was wrong, each once. */
  readonly violations: readonly string[];
  /** Volumes without a name of coop's that any of them ever had. */
  readonly nameless: readonly string[];
}

export interface SafetyWatch {
  /** Stops looking and tells all. */
  readonly stop: () => Promise<Seen>;
  readonly seen: () => Seen;
}

const PAUSE_MS = 300;

/** Looks at the engine's raw reports of everything with a project's label and name, again and again, until it is stopped. */
export function safetyWatch(project: string): SafetyWatch {
  let samples = 0;
  const violations = new Set<string>();
  const nameless = new Set<string>();
  const stopping = new AbortController();
  const label = filtersOf({ label: [`coop.dev/project=${project}`] });
  const look = async (): Promise<void> => {
    const listed = (await engineList(`/containers/json?all=1&${label}`)).filter(
      // Somebody else's may carry copies of the labels; a helper that only looks has no name of ours.
      (each) => String(each["Names"]?.[0]).startsWith(`/coop.${project}.`) || isReader(each),
    );
    const found = await Promise.all(listed.map((each) => engineMaybe("GET", `/containers/${each["Id"]}/json`)));
    const reports = found.filter((each): each is Json => each !== null);
    samples += reports.length;
    for (const report of reports)
      for (const lack of lackOfHardening(report, project, reports))
        violations.add(`${String(report["Name"])} (${report["State"].Status}): ${lack}`);
    for (const each of reports.flatMap(({ Mounts }): readonly Json[] => Mounts))
      if (isNameless(each)) nameless.add(each["Name"]);
    for (const twins of twinsOf(reports)) violations.add(twins);
  };
  const loop = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      await look();
      await sleep(PAUSE_MS);
    }
  };
  const done = loop();
  const seen = (): Seen => ({ samples, violations: [...violations], nameless: [...nameless] });
  return {
    seen,
    stop: async () => {
      stopping.abort();
      await done;
      return seen();
    },
  };
}

function isReader(each: Json): boolean {
  return String(each["Labels"]["coop.dev/id"]).startsWith("container:reader.");
}

/** Two that run at the same moment for one agent and replica. */
function twinsOf(reports: readonly Json[]): readonly string[] {
  const running = reports.filter((each) => each["State"].Running);
  const ids = running.map((each) => String(each["Config"].Labels["coop.dev/id"]));
  return ids.filter((each, index) => ids.indexOf(each) !== index).map((each) => `two run for ${each}`);
}
