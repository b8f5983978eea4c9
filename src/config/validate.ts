import type { CoopFile } from "../../schema/coop-file.gen.ts";
import { validateCoopFile } from "../../schema/coop-validate.gen.js";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { ENOUGH } from "./patience.ts";
import type { Places } from "./places.ts";
import { removeFaulty } from "./remove-faulty.ts";
import { schemaErrors } from "./schema-errors.ts";
import { schemaProblem } from "./schema-problem.ts";

/** A file that follows the schema, after what does not was reported and left out. */
export interface Validated {
  /** Null where too little is left to go on. */
  readonly file: CoopFile | null;
  readonly diagnostics: readonly Diagnostic[];
  /** Further mistakes that were counted only. */
  readonly hidden: number;
}

/** Wording a mistake takes longer than finding it, and more than this nobody reads. */
const WORDED = ENOUGH;

/** Leaving out one thing can make another one faulty, at most once for each level of nesting. */
const ROUNDS = 8;

/**
 * Checks a plain value against the schema. The value is the caller's to give: what is faulty is removed from it. One that
 * is not the whole file is not looked at more closely.
 */
export function validate(value: unknown, places: Places, whole = true): Validated {
  const diagnostics: Diagnostic[] = [];
  let hidden = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    if (validateCoopFile(value)) return { file: value as CoopFile, diagnostics, hidden };
    // Of a file that was not read to its end nobody knows what is missing.
    const errors = schemaErrors(validateCoopFile.errors ?? []).filter((each) => whole || each.keyword !== "required");
    if (round === 0) {
      for (const error of errors.slice(0, WORDED)) diagnostics.push(schemaProblem(error, value, places));
      hidden = errors.length - diagnostics.length;
    }
    // A file with more mistakes than anyone mends at once is not looked at more closely.
    if (!whole || errors.length > WORDED || !removeFaulty(value, errors, places)) break;
  }
  return { file: null, diagnostics, hidden };
}
