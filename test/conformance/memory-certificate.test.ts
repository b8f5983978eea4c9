import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Fault, MemoryContainer, MemoryWorld } from "../../src/backends/memory/memory-world.ts";
import type { FileValue } from "../support/project.ts";
import { canonical } from "./canonical-memory.ts";
import { aMemoryWorld } from "./memory-world.ts";
import { linesOf } from "./pipeline.ts";
import { anAgent, fileOf } from "./suite-files.ts";

const world = aMemoryWorld();
const rules = { rules: ["one", "two"].map((name) => ({ name, host: `${name}.example.com` })) };
const services = { db: { image: "postgres:15", environment: { POSTGRES_PASSWORD: { generate: true } } } };

/** Files that reach every kind of object, and each other by every kind of change. */
const FILES: readonly FileValue[] = [
  fileOf(world, { a: anAgent() }),
  fileOf(world, { a: anAgent({ egress: ["one"] }), b: anAgent() }, { egress: rules }),
  fileOf(
    world,
    { a: anAgent({ egress: ["one", "two"] }), b: anAgent({ egress: ["two"], volumes: ["cache:/c"] }) },
    { egress: rules },
  ),
  fileOf(world, { a: anAgent({ services: ["db"] }), c: anAgent({ environment: { MODE: "x" } }) }, { services }),
  fileOf(
    world,
    { w: anAgent({ egress: ["one"] }) },
    { egress: rules, fleets: { crew: { agent: "w", replicas: 3, update: { maxUnavailable: 1 } } } },
  ),
  fileOf(
    world,
    { w: anAgent({ egress: ["one"], environment: { MODE: "x" } }) },
    { egress: rules, fleets: { crew: { agent: "w", replicas: 2 } } },
  ),
];

const canonicalOf = new Map<FileValue, Promise<unknown>>();

/** What a fresh apply of a file comes to. */
function fresh(file: FileValue): Promise<unknown> {
  const known = canonicalOf.get(file);
  if (known !== undefined) return known;
  const made = (async () => {
    const { engine, apply } = aMemoryWorld();
    expect((await apply(file)).exit).toBe(0);
    return canonical(engine);
  })();
  canonicalOf.set(file, made);
  return made;
}

/** The run dies at this call: neither it nor any later one comes through, or it comes through and nobody hears of it. */
function deathAt(number: number, moment: "before" | "after"): Fault {
  let count = 0;
  return (_call, at) => {
    if (at === "before") count += 1;
    if (count > number || (count === number && at === moment)) throw new Error("killed");
  };
}

async function expectConverged(
  { engine, apply, plan }: ReturnType<typeof aMemoryWorld>,
  file: FileValue,
): Promise<void> {
  const ended = await apply(file, { deleteData: true });
  expect(ended.exit, ended.said).toBe(0);
  expect(canonical(engine)).toEqual(await fresh(file));
  const journal = engine.journal.length;
  expect(linesOf(await plan(file))).toEqual([]);
  await apply(file, { deleteData: true });
  expect(engine.journal.length, "a second apply makes no mutating call").toBe(journal);
}

describe("one apply ends where a fresh one would", () => {
  it("after a death at every call of a change from one file to the next", { timeout: 120_000 }, async () => {
    for (const [from, to] of [
      [FILES[1], FILES[2]],
      [FILES[2], FILES[3]],
      [FILES[4], FILES[5]],
      [undefined, FILES[2]],
    ] as const) {
      if (to === undefined) continue;
      let calls = Number.POSITIVE_INFINITY;
      for (let number = 1; number <= calls; number += 1) {
        for (const moment of ["before", "after"] as const) {
          const tried = aMemoryWorld();
          if (from !== undefined) await tried.apply(from);
          const before = tried.engine.journal.length;
          tried.engine.faults = [deathAt(number, moment)];
          const ended = await tried.apply(to, { deleteData: true });
          if (ended.exit === 0) calls = tried.engine.journal.length - before;
          tried.engine.faults = [];
          await expectConverged(tried, to);
        }
      }
      expect(calls).toBeGreaterThan(3);
    }
  });

  it("from any file, through any drift and any death, to any file", { timeout: 120_000 }, async () => {
    const drift = fc.tuple(fc.constantFrom(...DRIFTS), fc.nat());
    const death = fc.option(
      fc.tuple(fc.integer({ min: 1, max: 25 }), fc.constantFrom("before" as const, "after" as const)),
    );
    const file = fc.constantFrom(...FILES);
    const step = fc.record({ file, death, drifts: fc.array(drift, { maxLength: 3 }) });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 3 }), file, async (steps, last) => {
        const tried = aMemoryWorld();
        for (const { file, death, drifts } of steps) {
          tried.engine.faults = death === null ? [] : [deathAt(...death)];
          await tried.apply(file, { deleteData: true });
          tried.engine.faults = [];
          for (const [act, pick] of drifts) drifted(tried.engine, act, pick);
        }
        await expectConverged(tried, last);
      }),
      { numRuns: 150 },
    );
  });

  it("never with more than one container an id, and never with one that was not asked for, at any call", async () => {
    const tried = aMemoryWorld();
    const seen: string[] = [];
    tried.engine.events.on("change", () => {
      const ids = [...tried.engine.containers.values()].map((each) => each.labels["coop.dev/id"] ?? "");
      if (new Set(ids).size !== ids.length) seen.push(`twice: ${ids.join(", ")}`);
      for (const { name, body } of tried.engine.containers.values())
        if (!body.HostConfig.CapDrop.includes("ALL")) seen.push(`bare: ${name}`);
    });
    for (const file of [...FILES, ...FILES.toReversed()]) await tried.apply(file, { deleteData: true });
    expect(seen).toEqual([]);
  });
});

type Drift = (engine: MemoryWorld, one: MemoryContainer) => void;

const withHost = (fields: Readonly<Record<string, unknown>>): Drift => {
  return (engine, one) =>
    engine.alter(one.name, ({ body }) => ({
      body: { ...body, HostConfig: { ...body.HostConfig, ...fields } },
    }));
};

const DRIFTS: readonly Drift[] = [
  (engine, one) => engine.alter(one.name, () => ({ phase: { kind: "exited", code: 137, outOfMemory: false } })),
  (engine, one) => engine.alter(one.name, () => ({ phase: { kind: "paused" } })),
  (engine, one) => engine.alter(one.name, () => ({ phase: { kind: "created" } })),
  (engine, one) => engine.alter(one.name, () => ({ name: `elsewhere-${one.handle}` })),
  (engine, one) => engine.alter(one.name, ({ networks }) => ({ networks: [...networks, "bridge"] })),
  (engine, one) => engine.alter(one.name, () => ({ image: "sha256:other" })),
  (engine, one) => engine.alter(one.name, () => ({ kernelPathsMasked: false })),
  (engine, one) => void engine.containers.delete(one.handle),
  (engine) => engine.rules.clear(),
  withHost({ Memory: 1 }),
  withHost({ ReadonlyRootfs: false }),
  withHost({ SecurityOpt: [] }),
];

function drifted(engine: MemoryWorld, act: Drift, pick: number): void {
  const all = [...engine.containers.values()];
  const one = all[pick % Math.max(1, all.length)];
  if (one !== undefined) act(engine, one);
}
