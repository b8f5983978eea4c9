import { WORKSPACE_CATALOG } from "../../diagnostics/catalog-workspace.ts";
import type { Checked, Diagnostic } from "../../diagnostics/diagnostic.ts";
import { checked } from "../../diagnostics/diagnostic.ts";
import type { SourceSpan } from "../../diagnostics/source-span.ts";
import type { Digest } from "../../graph/digest.ts";
import { digestOf } from "../../graph/digest.ts";
import type { IgnorePattern, IgnoreRules } from "../../model/model.ts";
import { workspaceDiagnostic } from "../workspace-diagnostic.ts";
import { BUILTIN_PATTERNS } from "./builtin-patterns.ts";
import type { CoopignoreFile } from "./coopignore-files.ts";
import { ignoreMatcher } from "./matcher.ts";
import type { IgnoreMatcher } from "./matcher.ts";
import { parsePattern } from "./parse-pattern.ts";
import { patternSet } from "./pattern-set.ts";
import type { PatternSet, PlacedPattern } from "./pattern-set.ts";

/** Everything that says what one agent may not see. */
export interface IgnoreInputs {
  readonly rules: IgnoreRules;
  /** `ignore` of the agent. */
  readonly agentPatterns: readonly IgnorePattern[];
  /** The folder of coop.yaml relative to the workspace's root; `""` when it lies at the root. */
  readonly fileFolder: string;
  readonly coopignoreFiles: readonly CoopignoreFile[];
}

/** The matcher, and the digest of the rules it stands for: equal digests hide equally. */
export interface CompiledIgnore {
  readonly matcher: IgnoreMatcher;
  readonly digest: Digest;
}

/** Compiles the rules, or says which pattern is broken. */
export function compileIgnore(inputs: IgnoreInputs): Checked<CompiledIgnore> {
  const diagnostics: Diagnostic[] = [];
  const compile = (lines: readonly Line[]): PatternSet =>
    patternSet(lines.flatMap((line) => placed(line, diagnostics)));
  const builtin = compile(
    inputs.rules.builtin ? BUILTIN_PATTERNS.map((text) => ({ text, source: "built-in", line: null, span: null })) : [],
  );
  const allow = compile(inputs.rules.allow.map(lineOf));
  const file = compile([...inputs.rules.patterns, ...inputs.agentPatterns].map(lineOf));
  const perFolder = new Map(inputs.coopignoreFiles.map((each) => [each.folder, compile(linesOf(each))]));
  const digest = digestOf({
    builtin: inputs.rules.builtin ? BUILTIN_PATTERNS : [],
    allow: inputs.rules.allow.map(({ pattern }) => pattern),
    file: [...inputs.rules.patterns, ...inputs.agentPatterns].map(({ pattern }) => pattern),
    fileFolder: inputs.fileFolder,
    perFolder: inputs.coopignoreFiles,
  });
  const matcher = ignoreMatcher({ builtin, allow, file, fileFolder: inputs.fileFolder, perFolder });
  return checked({ matcher, digest }, diagnostics);
}

interface Line {
  readonly text: string;
  readonly source: string;
  readonly line: number | null;
  readonly span: SourceSpan | null;
}

function placed({ text, source, line, span }: Line, diagnostics: Diagnostic[]): readonly PlacedPattern[] {
  const parsed = parsePattern(text);
  if (parsed.kind === "nothing") return [];
  if (parsed.kind === "pattern") return [{ pattern: parsed, text, source, line }];
  diagnostics.push(
    workspaceDiagnostic(
      "IgnorePatternNeverMatches",
      WORKSPACE_CATALOG.IgnorePatternNeverMatches,
      { pattern: text, why: parsed.why },
      span,
    ),
  );
  return [];
}

function lineOf({ pattern, origin }: IgnorePattern): Line {
  return { text: pattern, source: origin.file, line: origin.start.line, span: origin };
}

/** The lines of a `.coopignore`: a byte order mark and carriage returns do not count. */
function linesOf({ folder, text }: CoopignoreFile): readonly Line[] {
  const source = folder === "" ? ".coopignore" : `${folder}/.coopignore`;
  let offset = 0;
  return text.split("\n").map((raw, index) => {
    const line = index + 1;
    const start = { offset, line, column: 1 };
    const end = { offset: offset + raw.length, line, column: raw.length + 1 };
    offset += raw.length + 1;
    return { text: raw.replace(/^\u{feff}/u, "").replace(/\r$/, ""), source, line, span: { file: source, start, end } };
  });
}
