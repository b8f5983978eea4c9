import type { ContainerObject } from "../../../compilers/container/resources.ts";
import { createBody } from "../../backends/docker/create-body.ts";
import { labelsOf } from "../../backend/labels.ts";
import type { ResourceGraph } from "../../graph/resource.ts";
import { objectsJson } from "../../render/objects-json.ts";
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
  for (const piece of objectsJson(objectsOf(graph))) shell.out(piece);
  return EXIT.done;
}

// One after the other, since only one is needed at a time.
function* objectsOf({ resources, scope }: ResourceGraph<ContainerObject>): Generator<object> {
  for (const each of resources) {
    const head = { id: each.id, kind: each.kind, dependsOn: each.dependsOn };
    const labels = labelsOf(scope.project, each.id, each.digest);
    if (each.kind !== "container") yield { ...head, labels, body: each.spec };
    else yield { ...head, body: createBody(each.spec, labels), prepare: each.spec.prepare, ready: each.spec.ready };
  }
}
