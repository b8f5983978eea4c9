import type { Places } from "./places.ts";
import type { SchemaError } from "./schema-errors.ts";

/** Takes what is faulty out of the value, so that the rest can be judged in the same run. False: nothing would be left. */
export function removeFaulty(root: unknown, errors: readonly SchemaError[], places: Places): boolean {
  if (typeof root !== "object" || root === null || Array.isArray(root)) return false;
  const faulty = new Map<object, Set<string>>();
  for (const error of errors) {
    const path = faultyPath(error);
    const key = path.at(-1);
    const owner = key === undefined ? null : containerAt(root, path.slice(0, -1));
    // Of the whole file only `version` is required.
    if (key === undefined || path[0] === "version") Object.assign(root, { version: "coop/v1" });
    else if (owner !== null) faulty.set(owner, (faulty.get(owner) ?? new Set()).add(key));
  }
  for (const [owner, keys] of faulty) {
    if (Array.isArray(owner)) removeItems(owner, keys, places);
    else for (const key of keys) Reflect.deleteProperty(owner, key);
  }
  return true;
}

/** What must go: a wrong key, else a wrong value, else the mapping that lacks something. */
function faultyPath(error: SchemaError): readonly string[] {
  if (error.key !== null) return [...error.path, error.key];
  const unknown = error.parameters["additionalProperty"];
  if (error.keyword === "additionalProperties" && typeof unknown === "string") return [...error.path, unknown];
  return error.path;
}

function removeItems(list: unknown[], indices: ReadonlySet<string>, places: Places): void {
  let kept = 0;
  for (let index = 0; index < list.length; index += 1) {
    if (indices.has(String(index))) continue;
    places.move(list, index, kept);
    list[kept] = list[index];
    kept += 1;
  }
  list.length = kept;
}

function containerAt(root: object, path: readonly string[]): object | null {
  const found = valueAt(root, path);
  return typeof found === "object" ? found : null;
}

/** What stands at a path; undefined where the path leads nowhere. */
export function valueAt(root: unknown, path: readonly string[]): unknown {
  let at: unknown = root;
  for (const step of path) {
    if (typeof at !== "object" || at === null || !Object.hasOwn(at, step)) return undefined;
    // A mapping or list that has this key.
    at = (at as Readonly<Record<string, unknown>>)[step];
  }
  return at;
}
