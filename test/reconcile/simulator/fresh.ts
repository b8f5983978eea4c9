import { MemoryBackend } from "../../../src/backends/memory/memory-backend.ts";
import { MemoryWorld } from "../../../src/backends/memory/memory-world.ts";
import type { MemoryContainer } from "../../../src/backends/memory/memory-world.ts";
import { carryPlan } from "../../../src/cli/carry-plan.ts";
import { fieldChanges } from "../../../src/plan/field-changes.ts";
import { canonical } from "../../conformance/canonical-memory.ts";
import { EMPTYING, FILES } from "./files.ts";
import type { SimulatedFile } from "./files.ts";

const FRESH = new Map<SimulatedFile, unknown>();

/** Applies every file once to an empty world, to compare with. */
export async function prepareFresh(): Promise<void> {
  for (const file of [...FILES, ...EMPTYING]) {
    const engine = anEngine();
    await applyAll(engine, file);
    FRESH.set(
      file,
      canonicalOf(engine, () => false),
    );
  }
}

/** An engine without objects that has every image. */
export function anEngine(): MemoryWorld {
  const engine = new MemoryWorld();
  for (const { context } of [...FILES, ...EMPTYING])
    for (const [reference, facts] of Object.entries(context.inputs.images)) engine.images.set(reference, facts);
  return engine;
}

/** All of a file's plan, data and loosening too: what `coop apply --delete-data` and a yes do. */
export async function applyAll(engine: MemoryWorld, file: SimulatedFile): Promise<void> {
  const backend = new MemoryBackend(engine, file.project);
  const { signal } = new AbortController();
  const { plan } = file.planOf(file.graph, await backend.observe(file.graph, signal), new Set());
  const options = { deleteData: true, parallelism: 4, outcomes: new Map(), onEvent: () => undefined };
  await carryPlan({ backend }, plan, options, signal);
}

/** How the world differs from what a fresh apply of a file leaves; empty = not at all. */
export function differencesFrom(
  file: SimulatedFile,
  engine: MemoryWorld,
  isStranger: (each: MemoryContainer) => boolean,
): readonly string[] {
  return fieldChanges(canonicalOf(engine, isStranger), FRESH.get(file)).map(
    (each) => `${each.pointer}: ${textOf(each.observed)} instead of ${textOf(each.desired)}`,
  );
}

// The rules of a volume that is gone are nobody's.
function canonicalOf(engine: MemoryWorld, isStranger: (each: MemoryContainer) => boolean): unknown {
  const own = new MemoryWorld();
  for (const each of engine.containers.values()) if (!isStranger(each)) own.containers.set(each.handle, each);
  for (const [name, each] of engine.networks) own.networks.set(name, each);
  for (const [name, each] of engine.volumes) own.volumes.set(name, each);
  for (const [name, each] of engine.rules) if (engine.volumes.has(name)) own.rules.set(name, each);
  return canonical(own);
}

function textOf(value: unknown): string {
  return (JSON.stringify(value) ?? "nothing").slice(0, 600);
}
