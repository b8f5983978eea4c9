import { diagnostic } from "../diagnostics/catalog.ts";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import type { SourceSpan } from "../diagnostics/source-span.ts";
import { whereIs } from "./shape.ts";

/** A value that is of another kind than its place holds. */
export interface Misfit {
  readonly path: readonly string[];
  readonly value: unknown;
  readonly expected: readonly string[];
  /** The place's kind by the schema's name. */
  readonly shape: string | null;
  readonly spelled: string;
}

const WORDS: Readonly<Record<string, string>> = {
  object: "a mapping",
  array: "a list",
  string: "a text",
  number: "a number",
  integer: "a whole number",
  boolean: "`true` or `false`",
};

/** Says what a place holds, what stands there, and how to write it. */
export function typeProblem(misfit: Misfit, span: SourceSpan | null): Diagnostic {
  const expected = misfit.expected.map((type) => WORDS[type] ?? type);
  const listed =
    expected.length < 2 ? expected.join("") : `${expected.slice(0, -1).join(", ")} or ${expected.at(-1) ?? ""}`;
  const facts = { where: whereIs(misfit.path), expected: listed, found: foundWord(misfit.value), mend: mendOf(misfit) };
  return diagnostic("WrongType", facts, span);
}

function foundWord(value: unknown): string {
  if (value === null || value === undefined) return "empty";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "a mapping";
  if (typeof value === "string") return "a text";
  return typeof value === "number" ? "a number" : "`true` or `false`";
}

function mendOf(misfit: Misfit): string {
  const { value, expected, spelled } = misfit;
  const field = misfit.path.at(-1) ?? "";
  const short = spelled.length <= 60 && !spelled.includes("\n") ? spelled : "…";
  if (value === null) {
    if (expected.includes("string")) return 'Write a value, or `""` for an empty one.';
    return expected.includes("object")
      ? `Write \`${field}: {}\` where nothing is to be said, or remove it.`
      : "Write a value, or remove it.";
  }
  if (expected.includes("array") && typeof value !== "object") return `Write \`${field}: [${short}]\`.`;
  if (field === "image" && typeof value === "string") return `Write \`image: { ref: ${short} }\`.`;
  if (expected.includes("string") && typeof value !== "object") return `Quote it: \`"${short}"\`.`;
  if (
    (expected.includes("integer") || expected.includes("number")) &&
    typeof value === "string" &&
    /^\d+$/u.test(value)
  ) {
    return `Remove the quotes: \`${value}\`.`;
  }
  if (expected.includes("object") && Array.isArray(value))
    return "Write names with a colon, without dashes: `name: …`.";
  if (expected.includes("array")) return "Write a list: `[a, b]`, or one item a line after a dash.";
  if (expected.includes("boolean")) return "Write `true` or `false`.";
  return expected.includes("object")
    ? "Write a mapping: `{ field: value }`, or one field a line."
    : "Write the value itself.";
}
