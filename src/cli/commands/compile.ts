import { createBody } from "../../backends/docker/create-body.ts";
import { labelsOf } from "../../backend/labels.ts";
import { canonicalJson } from "../../graph/digest.ts";
import { openFile } from "../open-project.ts";
import { EXIT } from "../shell.ts";
import type { ExitCode, Shell } from "../shell.ts";
import { compileOffline } from "../compile-offline.ts";

/** `coop compile`: the engine's own objects, sorted, as they would be sent. Needs no engine; references stay as written. */
export async function compileCommand(
  args: { readonly file: string | null; readonly target: string | null },
  shell: Shell,
): Promise<ExitCode> {
  const opened = openFile(args.file, shell);
  if ("exit" in opened) return opened.exit;
  const graph = await compileOffline(opened.project, shell);
  const objects = graph.resources.map((each) => {
    const head = { id: each.id, kind: each.kind, dependsOn: each.dependsOn };
    const labels = labelsOf(graph.scope.project, each.id, each.digest);
    if (each.kind !== "container") return { ...head, labels, body: each.spec };
    return { ...head, body: createBody(each.spec, labels), prepare: each.spec.prepare, ready: each.spec.ready };
  });
  shell.out(`${JSON.stringify(JSON.parse(canonicalJson(objects)), null, 2)}\n`);
  return EXIT.done;
}
