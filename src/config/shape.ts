import { SHAPES } from "../../schema/coop-shape.gen.ts";

/** The kind of thing that stands at a path of the file, by its name in the schema; null where nothing is known. */
export function shapeAt(path: readonly string[]): string | null {
  let name = "file";
  for (const step of path) {
    const shape = SHAPES[name];
    const fields = shape?.fields ?? SHAPES[shape?.same ?? ""]?.fields;
    const next: string | undefined =
      (fields !== undefined && Object.hasOwn(fields, step) ? fields[step] : undefined) ?? shape?.values ?? shape?.items;
    if (next === undefined) return null;
    name = next;
  }
  const same = SHAPES[name]?.same;
  return SHAPES[name]?.fields === undefined && same !== undefined ? same : name;
}

/** The fields of the mapping at a path. */
export function fieldsAt(path: readonly string[]): readonly string[] {
  return Object.keys(SHAPES[shapeAt(path) ?? ""]?.fields ?? {});
}

const OWNERS: Readonly<Record<string, string>> = {
  file: "the file",
  agentEntry: "an agent",
  serviceEntry: "a service",
  ruleEntry: "an egress rule",
  credentialEntry: "a credential",
  fleetEntry: "a fleet",
  targetEntry: "a target",
};

/** The thing at a path in words: `an agent`, or `` `egress` `` for what has no word of its own. */
export function ownerAt(path: readonly string[]): string {
  return OWNERS[shapeAt(path) ?? ""] ?? whereIs(path);
}

/** A path as people write it: `` `agents.coder.ports[0]` ``. */
export function whereIs(path: readonly string[]): string {
  const text = path
    .map((step, index) => (/^\d+$/u.test(step) ? `[${step}]` : index === 0 ? step : `.${step}`))
    .join("");
  return text === "" ? "The file" : `\`${text.slice(0, 120)}\``;
}
