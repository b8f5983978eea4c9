import { diagnostic } from "../diagnostics/catalog.ts";
import type { Checked, Diagnostic } from "../diagnostics/diagnostic.ts";
import type { Model } from "../model/model.ts";
import { BUILT_IN_PROVIDERS, type ProviderBook } from "../providers/provider-book.ts";
import { declaredNames, indexFile } from "./file-index.ts";
import { namedFiles } from "./named-files.ts";
import type { NamedFile } from "./named-files.ts";
import { normalize } from "./normalize/normalize.ts";
import { parse } from "./parse.ts";
import { ALL_RULES } from "./rules/all-rules.ts";
import { sourceText } from "./source-text.ts";
import { validate } from "./validate.ts";

/** What a text does not say by itself. */
export interface TextOrigin {
  /** The file as the user named it, for messages. */
  readonly file: string;
  /** Names the project where the file does not. */
  readonly folderName: string;
  /** What credentials may name; default: the built-in ones. */
  readonly providers?: ProviderBook;
}

/** More than this nobody reads. */
const SHOWN = 1000;

/** A text's meaning, and what only the disk can tell about it. */
export interface Examined {
  readonly checked: Checked<Model>;
  readonly named: readonly NamedFile[];
}

/** Reads a coop.yaml: its meaning, or everything that is wrong with it. Pure; no input makes it throw. */
export function checkText(written: string, origin: TextOrigin): Checked<Model> {
  return examineText(written, origin).checked;
}

/** As `checkText`, with the files of the repository that the text names. */
export function examineText(written: string, origin: TextOrigin): Examined {
  const parsed = parse(sourceText(origin.file, written));
  if (!parsed.readable) return { checked: { ok: false, diagnostics: inOrder(parsed.diagnostics) }, named: [] };
  const { places, value, whole } = parsed;
  const declared = declaredNames(value);
  const { file, diagnostics, hidden } = validate(value, places, whole);
  const found = [...parsed.diagnostics, ...diagnostics];
  if (file === null) return { checked: { ok: false, diagnostics: inOrder(found, hidden, whole) }, named: [] };
  const { folderName, providers = BUILT_IN_PROVIDERS } = origin;
  const index = indexFile(file, declared, places, { folderName, providers });
  // What was left out for a mistake would make other parts look unused.
  const complete = diagnostics.length === 0;
  for (const rule of ALL_RULES)
    for (const each of rule(file, index)) if (complete || each.severity === "error") found.push(each);
  const named = namedFiles(file, index);
  const ordered = inOrder(found, hidden);
  if (ordered.some((each) => each.severity === "error")) return { checked: { ok: false, diagnostics: ordered }, named };
  return { checked: { ok: true, value: normalize(file, places, folderName), diagnostics: ordered }, named };
}

/** By position, each once, and not more than someone can read; `hidden` more are only counted, where `whole` is all. */
export function inOrder(diagnostics: readonly Diagnostic[], hidden = 0, whole = true): readonly Diagnostic[] {
  const seen = new Set<string>();
  const sorted = diagnostics
    .toSorted(
      (a, b) =>
        (a.span?.start.offset ?? 0) - (b.span?.start.offset ?? 0) || (a.code < b.code ? -1 : a.code > b.code ? 1 : 0),
    )
    .filter((each) => {
      const key = `${each.span?.file ?? ""}:${each.span?.start.offset ?? ""}:${each.code}:${each.message}`;
      return !seen.has(key) && seen.add(key);
    });
  // A list that was cut before says so in its last entry.
  if (sorted.length <= SHOWN || diagnostics.some((each) => each.name === "TooManyProblems")) return sorted;
  return [
    ...sorted.slice(0, SHOWN),
    diagnostic("TooManyProblems", { hidden: sorted.length - SHOWN + hidden, whole }, sorted[SHOWN]?.span ?? null),
  ];
}
