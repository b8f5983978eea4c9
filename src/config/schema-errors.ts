import type { ErrorObject } from "ajv";

/** One thing that is wrong by the schema, free of the validator's noise. */
export interface SchemaError {
  readonly path: readonly string[];
  /** A key's own mistake; null where the value at `path` is wrong. */
  readonly key: string | null;
  readonly keyword: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  /** For `type`: all that the place may hold. */
  readonly expected: readonly string[];
}

/**
 * Makes one error of each mistake. The branches of a union in the schema differ by type, so the branch that fits the
 * value is the one that was meant, and its errors are the only ones that count.
 */
export function schemaErrors(errors: readonly ErrorObject[]): readonly SchemaError[] {
  const kept: ErrorObject[] = [];
  const expected = new Map<ErrorObject, readonly string[]>();
  for (const error of errors) {
    if (error.keyword === "propertyNames" || error.keyword === "if") continue;
    if (error.keyword !== "anyOf") {
      const last = kept.at(-1);
      if (last === undefined || !besideWrongType(error, [last])) kept.push(error);
      continue;
    }
    const branch = takeBranches(kept, error.instancePath);
    const deeper = branch.filter((each) => each.keyword !== "type" || each.instancePath !== error.instancePath);
    const types = branch.filter((each) => each.keyword === "type" && each.instancePath === error.instancePath);
    const fitting = deeper.filter((each) => !besideWrongType(each, types));
    if (fitting.length > 0) for (const each of fitting) kept.push(each);
    else if (types[0] !== undefined) {
      expected.set(
        types[0],
        types.flatMap((each) => expected.get(each) ?? typesOf(each)),
      );
      kept.push(types[0]);
    }
  }
  return kept.map((error) => ({
    path: error.instancePath === "" ? [] : error.instancePath.slice(1).split("/").map(unescaped),
    key: error.propertyName ?? null,
    keyword: error.keyword,
    parameters: error.params,
    expected: expected.get(error) ?? typesOf(error),
  }));
}

/** Takes the errors of a union's branches off the end: they come right before the union's own. */
function takeBranches(kept: ErrorObject[], at: string): readonly ErrorObject[] {
  let from = kept.length;
  while (from > 0) {
    const error = kept[from - 1];
    if (error === undefined || (error.instancePath !== at && !error.instancePath.startsWith(`${at}/`))) break;
    from -= 1;
  }
  return kept.splice(from);
}

/** An `enum` or a limit next to a failed `type` in one branch says nothing. */
function besideWrongType(error: ErrorObject, types: readonly ErrorObject[]): boolean {
  const branch = error.schemaPath.slice(0, error.schemaPath.lastIndexOf("/"));
  return types.some(
    (type) =>
      type.keyword === "type" &&
      type !== error &&
      type.instancePath === error.instancePath &&
      type.schemaPath === `${branch}/type`,
  );
}

function typesOf(error: ErrorObject): readonly string[] {
  if (error.keyword !== "type") return [];
  const type: unknown = error.params["type"];
  return Array.isArray(type) ? type.map(String) : [String(type)];
}

function unescaped(step: string): string {
  return step.replaceAll("~1", "/").replaceAll("~0", "~");
}
