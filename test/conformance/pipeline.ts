import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { carryOut } from "../../src/cli/carry-out.ts";
import { tellFailure } from "../../src/cli/failures.ts";
import { refuseStale } from "../../src/cli/stale-plan.ts";
import { compare } from "../../src/cli/world.ts";
import type { Comparison, PlannedWorld } from "../../src/cli/world.ts";
import { resourceGraph } from "../../src/graph/resource.ts";
import { plan } from "../../src/plan/plan.ts";
import { aProject } from "../support/project.ts";
import type { FileValue } from "../support/project.ts";
import { aShell } from "../support/shell.ts";
import type { ApplyChoices, Ending } from "./test-world.ts";

/** The line of the commands, without a process around it. */
export interface Pipeline {
  plan(file: FileValue): Promise<Comparison>;
  apply(file: FileValue, choices?: ApplyChoices): Promise<Ending>;
  destroy(file: FileValue, choices?: ApplyChoices): Promise<Ending>;
}

/** `open` gives the backend for a project; the rest is what `coop plan`, `apply` and `destroy` do. */
export function pipelineFor(open: (project: PlannedWorld["project"]) => Promise<PlannedWorld["backend"]>): Pipeline {
  const worldOf = async (file: FileValue): Promise<PlannedWorld> => {
    const project = aProject(file);
    const [target] = project.model.targets;
    if (target === undefined) throw new Error("a model without a target");
    return { project, target, backend: await open(project) };
  };
  const ending = async (
    choices: ApplyChoices,
    work: (shell: ReturnType<typeof aShell>) => Promise<number>,
  ): Promise<Ending> => {
    const shell = aShell(choices.signal === undefined ? {} : { signal: choices.signal });
    const exit = await work(shell).catch((error: unknown) => tellFailure(error, shell));
    return { exit, said: shell.said() };
  };
  return {
    plan: async (file) => compare(await worldOf(file), aShell()),
    apply: (file, choices = {}) =>
      ending(choices, async (shell) => {
        const world = await worldOf(file);
        const comparison = await compare(world, shell);
        if (choices.saved !== undefined) await refuseSaved(choices.saved, comparison.plan.fingerprint);
        await choices.between?.();
        return carryOut(
          world,
          comparison,
          { json: false, deleteData: choices.deleteData ?? false, parallelism: 8, again: () => compare(world, shell) },
          shell,
        );
      }),
    destroy: (file, choices = {}) =>
      ending(choices, async (shell) => {
        const world = await worldOf(file);
        const declared = await compare(world, shell);
        const graph = resourceGraph<(typeof declared.graph.resources)[number]>(declared.graph.scope, []);
        const { rules } = world.backend;
        const observed = declared.snapshot.observed.filter(
          (each) => choices.deleteData === true || !rules.kinds[each.kind].holdsData(each.id),
        );
        const snapshot = { ...declared.snapshot, observed };
        const comparison = { ...declared, graph, snapshot, plan: plan(graph, snapshot, rules) };
        const exit = await carryOut(
          world,
          comparison,
          { json: false, deleteData: true, parallelism: 8, again: null },
          shell,
        );
        return exit;
      }),
  };
}

// As `coop plan --out FILE` and `coop apply --plan FILE`.
async function refuseSaved(saved: string, fingerprint: string): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "coop-plan-"));
  try {
    const file = join(folder, "plan.json");
    writeFileSync(file, JSON.stringify({ version: 1, fingerprint: saved }));
    await refuseStale(file, fingerprint);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The changes of a plan as lines to compare with: `replace container:sandbox.a.0 changed`. */
export function linesOf({ plan: { changes } }: Comparison): readonly string[] {
  return changes
    .flatMap((each) => (each.action === "keep" ? [] : [`${each.action} ${each.id} ${each.reason.kind}`]))
    .toSorted();
}
