import type { CoopFile } from "../../../schema/coop-file.gen.ts";
import { diagnostic } from "../../diagnostics/catalog.ts";
import type { Diagnostic } from "../../diagnostics/diagnostic.ts";
import type { Rule } from "./rule.ts";

/** Services that wait for each other would never start. */
export const dependencyCycles: Rule = (file, index) => {
  const waiting = neverReady(file.services ?? {});
  const told = new Set<string>();
  const found: Diagnostic[] = [];
  for (const name of waiting.keys()) {
    const cycle = told.has(name) ? [] : cycleFrom(name, waiting);
    if (cycle.length === 0 || cycle.some((each) => told.has(each))) continue;
    for (const each of cycle) told.add(each);
    const first = cycle[0] ?? name;
    const entry = file.services?.[first];
    const span = entry === undefined ? index.places.start() : index.places.value(entry, "dependsOn");
    found.push(diagnostic("DependencyCycle", { cycle: [...cycle, first] }, span));
  }
  return found;
};

type Needs = ReadonlyMap<string, readonly string[]>;

/** What is left when everything that can start has started, with what each still waits for. */
function neverReady(services: NonNullable<CoopFile["services"]>): Needs {
  const open = new Map<string, Set<string>>();
  const neededBy = new Map<string, string[]>();
  for (const [name, { dependsOn }] of Object.entries(services)) {
    const needs = new Set((dependsOn ?? []).filter((each) => Object.hasOwn(services, each)));
    open.set(name, needs);
    for (const need of needs) {
      const others = neededBy.get(need);
      if (others === undefined) neededBy.set(need, [name]);
      else others.push(name);
    }
  }
  const ready = [...open].filter(([, needs]) => needs.size === 0).map(([name]) => name);
  for (const name of ready) {
    open.delete(name);
    for (const other of neededBy.get(name) ?? []) {
      const needs = open.get(other);
      needs?.delete(name);
      if (needs?.size === 0) ready.push(other);
    }
  }
  return new Map([...open].map(([name, needs]) => [name, [...needs]]));
}

/** Follows one need after the other until a name comes again: every name that is left waits for one that is left. */
function cycleFrom(start: string, waiting: Needs): readonly string[] {
  const path = new Map<string, number>();
  let at: string | undefined = start;
  while (at !== undefined && !path.has(at)) {
    path.set(at, path.size);
    at = waiting.get(at)?.[0];
  }
  return at === undefined ? [] : [...path.keys()].slice(path.get(at));
}
