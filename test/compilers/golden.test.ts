import { globSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { expect, it } from "vitest";
import { containerObjects } from "../../compilers/container/compile.ts";
import { createBody } from "../../src/backends/docker/create-body.ts";
import { labelsOf } from "../../src/backend/labels.ts";
import { canonicalJson } from "../../src/graph/digest.ts";
import { resourceGraph } from "../../src/graph/resource.ts";
import { inputsFor } from "../support/inputs.ts";
import { aModel } from "../support/project.ts";

const ROOT = join(import.meta.dirname, "../..");
const EXAMPLES = globSync("examples/**/coop.yaml", { cwd: ROOT }).toSorted();

it("has examples to compile", () => {
  expect(EXAMPLES.length).toBeGreaterThan(3);
});

// Exactly what would be sent to the engine; read a change here as what an edit does to everybody's containers.
it.for(EXAMPLES)("compiles %s to the same objects as ever", async (path) => {
  const model = aModel(readFileSync(join(ROOT, path), "utf8"));
  const scope = { project: model.project, backend: "docker" };
  const { resources } = resourceGraph(scope, containerObjects({ model, inputs: inputsFor(model) }));
  const objects = resources.map((each) => {
    const labels = labelsOf(model.project, each.id, each.digest);
    const head = { id: each.id, dependsOn: each.dependsOn };
    if (each.kind !== "container") return { ...head, labels, body: each.spec };
    const { prepare, ready, role, restart } = each.spec;
    return { ...head, role, restart, body: createBody(each.spec, labels), prepare, ready };
  });
  const text = `${JSON.stringify(JSON.parse(canonicalJson(objects)), null, 2)}\n`;
  const name = path.split("/")[1] ?? basename(dirname(path));
  await expect(text).toMatchFileSnapshot(`../golden/${name}.json`);
});
