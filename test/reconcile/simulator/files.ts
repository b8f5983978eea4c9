import type { Context } from "../../../compilers/container/context.ts";
import { consentRulesFor } from "../../../compilers/container/consent-rules.ts";
import type { ContainerObject } from "../../../compilers/container/resources.ts";
import { MemoryBackend } from "../../../src/backends/memory/memory-backend.ts";
import { MemoryWorld } from "../../../src/backends/memory/memory-world.ts";
import { planFor } from "../../../src/cli/world.ts";
import type { Desired } from "../../../src/reconcile/decide.ts";
import { inputsFor } from "../../support/inputs.ts";
import { aModel } from "../../support/project.ts";
import type { FileValue } from "../../support/project.ts";

/** A file of the simulations, with all that its reading comes to. */
export interface SimulatedFile extends Desired<ContainerObject> {
  readonly name: string;
  readonly context: Context;
  /** Ids of the sandboxes that it declares. */
  readonly sandboxes: ReadonlySet<string>;
}

const egress = { rules: ["one", "two"].map((name) => ({ name, host: `${name}.example.com` })) };
const idle = { workspace: "none" };

function file(name: string, agents: FileValue, more: FileValue = {}, project = "demo"): SimulatedFile {
  const model = aModel({ project, agents, ...more });
  const context = { model, inputs: inputsFor(model) };
  // What compiles depends on no world, and neither does the plan.
  const backend = new MemoryBackend(new MemoryWorld());
  const compiled = backend.compile(context);
  if (!compiled.ok) throw new Error(`${name}: ${compiled.diagnostics.map((each) => each.message).join()}`);
  const planned = { backend } as unknown as Parameters<typeof planFor>[0]; // planFor reads nothing but its rules
  return {
    name,
    context,
    project,
    graph: compiled.value,
    consent: consentRulesFor(context),
    budgets: new Map(),
    planOf: (graph, snapshot) => planFor(planned, context, graph, snapshot, { fingerprinted: false }),
    sandboxes: new Set(
      compiled.value.resources.flatMap((each) => (each.id.startsWith("container:sandbox.") ? [each.id] : [])),
    ),
  };
}

/** Files that lead to each other by every kind of change. */
export const FILES: readonly SimulatedFile[] = [
  file("plain", { a: idle, b: idle }),
  file("edited", { a: { ...idle, environment: { MODE: "x" } }, b: idle }),
  file("fewer", { b: idle }),
  file("one", { a: { ...idle, egress: ["one"] }, b: idle }, { egress }),
  file("both", { a: { ...idle, egress: ["one", "two"] }, b: { ...idle, egress: ["one"] } }, { egress }),
  file("other", { a: { ...idle, egress: ["two"] }, b: idle }, { egress }),
  file("unsafe", { a: { ...idle, unsafe: { writableRoot: true } }, b: { ...idle, egress: ["one"] } }, { egress }),
  file("data", { a: { ...idle, volumes: ["cache:/c"] }, b: idle }),
  file(
    "fleet",
    { w: { ...idle, egress: ["one"] }, b: idle },
    { egress, fleets: { crew: { agent: "w", replicas: 2 } } },
  ),
];

/** Files that a person must say yes to as a whole. */
export const EMPTYING: readonly SimulatedFile[] = [
  file("emptied", {}),
  file("all renamed", { x: idle, y: { ...idle, egress: ["one"] } }, { egress }),
  file("renamed", { a: idle, b: idle }, {}, "other"),
];
