import type { FleetEntry } from "../../../schema/coop-file.gen.ts";
import type { Fleet } from "../../model/model.ts";
import type { Places } from "../places.ts";
import { millisecondsOf } from "../quantities.ts";
import { repositoryPath } from "../repository-path.ts";

/** A fleet as it is written. */
export interface WrittenFleet {
  readonly name: string;
  readonly entry: FleetEntry;
  /** The mapping that holds it. */
  readonly owner: object;
  readonly places: Places;
}

export function normalizeFleet({ name, entry, owner, places }: WrittenFleet): Fleet {
  return {
    name,
    origin: places.key(owner, name),
    agent: entry.agent,
    work:
      entry.tasks === undefined
        ? { kind: "replicas", replicas: entry.replicas ?? 1 }
        : { kind: "tasks", glob: repositoryPath(entry.tasks) },
    maxParallel: entry.maxParallel ?? null,
    update: { strategy: entry.update?.strategy ?? "rolling", maxUnavailable: entry.update?.maxUnavailable ?? 1 },
    budgetWallMs: entry.budget?.wall === undefined ? null : millisecondsOf(entry.budget.wall),
  };
}
