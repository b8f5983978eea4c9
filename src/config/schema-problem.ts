import { diagnostic } from "../diagnostics/catalog.ts";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { nearest } from "../diagnostics/nearest.ts";
import type { SourceSpan } from "../diagnostics/source-span.ts";
import { quotedList } from "../diagnostics/wording.ts";
import { foreignField } from "./foreign-fields.ts";
import type { Places } from "./places.ts";
import { proposedName } from "./proposed-name.ts";
import { proposedDuration, proposedSize } from "./quantities.ts";
import { valueAt } from "./remove-faulty.ts";
import type { SchemaError } from "./schema-errors.ts";
import { fieldsAt, ownerAt, shapeAt, whereIs } from "./shape.ts";
import { typeProblem } from "./type-problem.ts";

/** Says in the user's words what the schema refuses. */
export function schemaProblem(error: SchemaError, root: unknown, places: Places): Diagnostic {
  const { path, keyword, parameters } = error;
  const value = valueAt(root, path);
  if (keyword === "additionalProperties") return unknownField(error, value, places);
  if (keyword === "required") return missingField(error, root, places);
  if (error.key !== null) return badKey(error, error.key, value, places);
  const span = placeOf(path, root, places);
  const spelled = spellingOf(path, root, places);
  const shape = shapeAt(path);
  if (shape === "duration")
    return diagnostic("InvalidDuration", { text: spelled, proposal: proposedDuration(spelled) }, span);
  if (shape === "size") return diagnostic("InvalidSize", { text: spelled, proposal: proposedSize(spelled) }, span);
  if (keyword === "type") return typeProblem({ path, value, expected: error.expected, shape, spelled }, span);
  if (shape === "name" && value !== "")
    return diagnostic("InvalidName", { name: String(value), proposal: proposedName(String(value)) }, span);
  if (shape === "environmentName") return diagnostic("InvalidEnvironmentName", { name: String(value) }, span);
  const where = whereIs(path);
  if (keyword === "enum") return unknownValue(where, String(value), parameters["allowedValues"], path, span);
  if (keyword === "pattern" || keyword === "minItems") {
    return diagnostic("EmptyValue", { where, mend: "Write something here, or remove the field." }, span);
  }
  return diagnostic("OutOfRange", { where, limits: limitsOf(shape, parameters) }, span);
}

function unknownField(error: SchemaError, owner: unknown, places: Places): Diagnostic {
  const field = String(error.parameters["additionalProperty"]);
  const known = fieldsAt(error.path);
  const near = nearest(field, known);
  const mend =
    near === null
      ? (foreignField(field) ?? `Remove it. Fields here: ${quotedList(known)}.`)
      : `Rename it to \`${near}\`.`;
  return diagnostic("UnknownField", { field, owner: ownerAt(error.path), mend }, keySpan(owner, field, places));
}

/** Points to the name of what lacks the field, or to the first line of what has no name. */
function missingField(error: SchemaError, root: unknown, places: Places): Diagnostic {
  const field = String(error.parameters["missingProperty"]);
  const [holder, name] = [valueAt(root, error.path.slice(0, -1)), error.path.at(-1)];
  const owner = valueAt(root, error.path);
  const isNamed = name !== undefined && typeof holder === "object" && holder !== null && !Array.isArray(holder);
  const span = isNamed
    ? places.key(holder, name)
    : typeof owner === "object" && owner !== null
      ? places.head(owner)
      : null;
  const mend = field === "version" ? "Begin the file with `version: coop/v1`." : `Add \`${field}:\` to it.`;
  return diagnostic("MissingField", { field, owner: ownerAt(error.path), mend }, span);
}

function badKey(error: SchemaError, key: string, owner: unknown, places: Places): Diagnostic {
  const span = keySpan(owner, key, places);
  if (shapeAt(error.path) === "environmentEntry") return diagnostic("InvalidEnvironmentName", { name: key }, span);
  return diagnostic("InvalidName", { name: key, proposal: proposedName(key) }, span);
}

function unknownValue(
  where: string,
  value: string,
  allowedValues: unknown,
  path: readonly string[],
  span: SourceSpan | null,
): Diagnostic {
  const allowed = Array.isArray(allowedValues) ? allowedValues.map(String) : [];
  const near = nearest(value, allowed) ?? sameMeaning(value, allowed);
  let mend = near === null ? "Write one of these." : `Write \`${near}\`.`;
  if (path.at(-1) === "run" && near === null)
    mend = `A command is a list: write \`${JSON.stringify(value.trim().split(/\s+/u))}\`.`;
  if (path.at(-1) === "egress" && near === null)
    mend = `Name rules in a list: write \`[${value.slice(0, 60)}]\`; every public name is \`open\`.`;
  return diagnostic("UnknownValue", { value, where, allowed, mend }, span);
}

/** Other tools' words for the same value. */
function sameMeaning(value: string, allowed: readonly string[]): string | null {
  const meant: Readonly<Record<string, string>> = {
    "unless-stopped": "always",
    no: "never",
    off: "never",
    "*": "open",
    all: "open",
    any: "open",
  };
  const word = Object.hasOwn(meant, value) ? meant[value] : undefined;
  return word !== undefined && allowed.includes(word) ? word : null;
}

function limitsOf(shape: string | null, parameters: Readonly<Record<string, unknown>>): string {
  if (shape === "port") return "a port from 1 to 65535";
  const limit = String(parameters["limit"]);
  switch (String(parameters["comparison"])) {
    case ">":
      return `more than ${limit}`;
    case ">=":
      return `at least ${limit}`;
    default:
      return `at most ${limit}`;
  }
}

function keySpan(owner: unknown, key: string, places: Places): SourceSpan | null {
  return typeof owner === "object" && owner !== null ? places.key(owner, key) : null;
}

function placeOf(path: readonly string[], root: unknown, places: Places): SourceSpan | null {
  const owner = valueAt(root, path.slice(0, -1));
  const key = path.at(-1);
  if (key !== undefined && typeof owner === "object" && owner !== null) return places.value(owner, key);
  return typeof root === "object" && root !== null ? places.head(root) : places.start();
}

function spellingOf(path: readonly string[], root: unknown, places: Places): string {
  const owner = valueAt(root, path.slice(0, -1));
  const key = path.at(-1);
  const spelled = key !== undefined && typeof owner === "object" && owner !== null ? places.spelling(owner, key) : "";
  return spelled.replaceAll(/^["']|["']$/gu, "");
}
