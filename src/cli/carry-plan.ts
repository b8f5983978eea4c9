import type { ContainerObject } from "../../compilers/container/resources.ts";
import { applyPlan } from "../apply/apply-plan.ts";
import type { ApplyEvent, Outcome } from "../apply/apply-plan.ts";
import { CoopError } from "../diagnostics/coop-error.ts";
import type { ResourceId } from "../graph/resource.ts";
import type { Change, EffectiveChange } from "../plan/change.ts";
import type { Plan } from "../plan/plan.ts";
import type { PlannedWorld } from "./world.ts";

/** What may be done while a plan is carried out, and who is told. */
export interface CarryOptions {
  readonly deleteData: boolean;
  readonly parallelism: number;
  /** Brings the work of a workspace to the host before the workspace goes; absent = it goes without. */
  readonly saveWork?: ((volume: string) => Promise<void>) | undefined;
  /** How changes ended that were tried before. */
  readonly outcomes: ReadonlyMap<ResourceId, Outcome>;
  readonly onEvent: (event: ApplyEvent<ContainerObject>) => void;
}

/** Does the changes of a plan, and refuses those that need a yes which nobody has given. */
export function carryPlan(
  world: Pick<PlannedWorld, "backend">,
  plan: Plan<ContainerObject>,
  options: CarryOptions,
  signal: AbortSignal,
): Promise<ReadonlyMap<ResourceId, Outcome>> {
  return applyPlan(
    plan,
    {
      apply: async (change, report, ending) => {
        // An image that could not be made is not tried again, and what runs on it is skipped.
        const before = options.outcomes.get(change.id);
        if (before?.kind === "failed") throw before.error;
        refuseBlocked(change, plan);
        refuseData(change, options);
        if (options.saveWork !== undefined && removesWorkspace(change)) {
          report("saving its work");
          await options.saveWork(change.observed.name);
        }
        await world.backend.apply(change, report, ending);
      },
      concurrency: options.parallelism,
      onEvent: options.onEvent,
      now: () => performance.now(),
    },
    signal,
  );
}

type Removal = Extract<Change<ContainerObject>, { readonly action: "delete" }>;

function removesWorkspace(change: Change<ContainerObject>): change is Removal {
  return change.action === "delete" && change.id.startsWith("volume:workspace.");
}

// What holds data goes only with a yes of its own; a workspace goes when its work was saved. What stands on it waits.
function refuseData(change: EffectiveChange<ContainerObject>, options: CarryOptions): void {
  if (!change.destructive || options.deleteData) return;
  if (options.saveWork !== undefined && removesWorkspace(change)) return;
  throw new CoopError("REFUSED_BY_POLICY", "kept, because it holds data or work", {
    mend: "Add --delete-data to remove it.",
  });
}

// Nothing is asked of the engine: what stands there is not ours to move, and ours that was to move there stays.
function refuseBlocked({ id }: EffectiveChange<ContainerObject>, plan: Plan<ContainerObject>): void {
  const stranger = plan.foreign.find((each) => each.blocks && each.id === id);
  if (stranger === undefined) return;
  throw new CoopError("FOREIGN_OBJECT", `Somebody else's object holds the name ${stranger.name}; it was left alone.`, {
    mend: "Rename or remove it, or give the project another name.",
  });
}
