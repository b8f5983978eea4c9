import { carryOut } from "../carry-out.ts";
import { withLock } from "../lock.ts";
import { openFile } from "../open-project.ts";
import { onlyPart } from "../part.ts";
import { EXIT } from "../shell.ts";
import type { ExitCode, Shell } from "../shell.ts";
import { compare, openWorld } from "../world.ts";
import type { Comparison } from "../world.ts";

/** `coop build`: makes the images that the file needs and that are not there, and nothing else. */
export async function buildCommand(
  args: { readonly file: string | null; readonly target: string | null; readonly json: boolean },
  shell: Shell,
): Promise<ExitCode> {
  const opened = openFile(args.file, shell);
  if ("exit" in opened) return opened.exit;
  const world = await openWorld(opened.project, args.target, shell);
  return withLock(world.backend.engine.id, opened.project.model.project, "coop build", async () => {
    const images = async (): Promise<Comparison> => {
      const whole = await compare(world, shell);
      const roots = whole.graph.resources.filter((each) => each.kind === "image").map((each) => each.id);
      return onlyPart(world, whole, roots);
    };
    const exit = await carryOut(
      world,
      await images(),
      { json: args.json, deleteData: false, parallelism: 4, again: images },
      shell,
    );
    if (exit === EXIT.done && !args.json) {
      const { inputs } = (await compare(world, shell)).context;
      for (const [reference, facts] of Object.entries(inputs.images)) shell.out(`${reference}  ${facts.id}\n`);
    }
    return exit;
  });
}
