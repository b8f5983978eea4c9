import * as fc from "fast-check";
import { expect, it } from "vitest";
import { containerObjects } from "../../compilers/container/compile.ts";
import { canonicalJson } from "../../src/graph/digest.ts";
import { resourceGraph } from "../../src/graph/resource.ts";
import { inputsFor } from "../support/inputs.ts";
import { aModel } from "../support/project.ts";
import type { FileValue } from "../support/project.ts";

const FILE: FileValue = {
  version: "coop/v1",
  project: "shop",
  agents: {
    coder: {
      egress: ["web", "forge", "queue"],
      services: ["db", "cache"],
      environment: { B: "2", A: "1" },
      volumes: ["cache:~/.cache", "tools:/tools"],
    },
    reviewer: {
      workspace: "none",
      egress: ["forge"],
      unsafe: { writableRoot: true, capabilities: ["SYS_PTRACE", "NET_RAW"] },
    },
    worker: { run: ["npm", "test"], resources: { cpus: 1, memory: "1GiB" }, services: ["cache"] },
  },
  services: {
    db: {
      image: "postgres:15",
      environment: { POSTGRES_PASSWORD: { generate: true }, POSTGRES_DB: "app" },
      volumes: ["data:/var/lib/postgresql/data"],
    },
    cache: { image: "redis:7", dependsOn: ["db"] },
  },
  egress: {
    rules: [
      { name: "web", host: "www.example.com" },
      { name: "forge", host: "forge.example.com", ports: [443, 8443] },
      { name: "queue", host: "queue.example.com", protocol: "tcp", ports: [5672] },
    ],
  },
  fleets: {
    night: { agent: "worker", replicas: 3, update: { maxUnavailable: 2 } },
    day: { agent: "worker", replicas: 1 },
  },
};

/** Lists of names whose order means nothing; others (commands, paths) keep theirs. */
const UNORDERED = new Set(["egress", "services", "rules", "ports", "capabilities", "dependsOn", "volumes"]);

/** The same value with its keys, and the lists that have no order, as the numbers say. */
function shuffled(value: unknown, next: () => number, key = ""): unknown {
  const inAnyOrder = <T>(items: readonly T[]): readonly T[] =>
    items
      .map((item) => ({ item, at: next() }))
      .toSorted((a, b) => a.at - b.at)
      .map((each) => each.item);
  if (Array.isArray(value)) {
    const items = value.map((each) => shuffled(each, next));
    return UNORDERED.has(key) ? inAnyOrder(items) : items;
  }
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    inAnyOrder(Object.entries(value)).map(([name, field]) => [name, shuffled(field, next, name)]),
  );
}

/** All that is sent to an engine; the lines that asked for it move with the text. */
function compiled(file: unknown): string {
  const model = aModel(JSON.stringify(file, null, 2));
  const graph = resourceGraph(
    { project: model.project, backend: "docker" },
    containerObjects({ model, inputs: inputsFor(model) }),
  );
  return canonicalJson(graph.resources.map(({ origin: _, ...rest }) => rest));
}

it("compiles to the same bytes, however the text is ordered", { timeout: 60_000 }, () => {
  const expected = compiled(FILE);
  fc.assert(
    fc.property(fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })), (numbers) => {
      const next = (): number => numbers.next().value;
      expect(compiled(shuffled(FILE, next))).toBe(expected);
    }),
  );
});
