import type { NamedObject } from "../backend/operations.ts";
import { CoopError } from "../diagnostics/coop-error.ts";
import { nearest } from "../diagnostics/nearest.ts";
import type { World } from "./world.ts";

/** What the project has, running or not. */
export function namedObjects(world: World): Promise<readonly NamedObject[]> {
  return world.backend.operations.list(world.project.model.project);
}

/** The one that is called so; `coder.0` and `coder` are the same. Null = the only sandbox. */
export async function findNamed(world: World, name: string | null): Promise<NamedObject> {
  const all = await namedObjects(world);
  if (name === null) return onlySandbox(all.filter((each) => each.role === "sandbox"));
  const found = all.find((each) => each.name === name.replace(/\.0$/, ""));
  if (found !== undefined) return found;
  const names = all.map((each) => each.name);
  const near = nearest(name, names);
  throw new CoopError(
    "NOT_FOUND",
    `Nothing called "${name}" is there${names.length === 0 ? "" : `; there are ${names.join(", ")}`}.`,
    {
      mend: near === null ? "`coop status` shows what is declared, `coop apply` makes it." : `Did you mean ${near}?`,
    },
  );
}

/** As findNamed, and refused when it does not run. */
export async function findRunning(world: World, name: string | null): Promise<NamedObject> {
  const found = await findNamed(world, name);
  if (found.running) return found;
  throw new CoopError("NOT_FOUND", `"${found.name}" is not running.`, {
    mend: `\`coop apply\` starts it, \`coop logs ${found.name}\` shows how it ended, \`coop run --agent ${found.name} -- COMMAND\` opens a new sandbox like it.`,
  });
}

function onlySandbox(sandboxes: readonly NamedObject[]): NamedObject {
  const [only, ...others] = sandboxes;
  if (only === undefined) throw new CoopError("NOT_FOUND", "No sandbox is there.", { mend: "coop apply" });
  if (others.length === 0) return only;
  throw new CoopError("USAGE", `Which one? There are ${sandboxes.map((each) => each.name).join(", ")}.`, {
    mend: "Name one.",
  });
}
