import type { CoopFile } from "../../schema/coop-file.gen.ts";
import { validateCoopFile } from "../../schema/coop-validate.gen.js";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import type { Places } from "./places.ts";
import { removeFaulty } from "./remove-faulty.ts";
import { schemaErrors } from "./schema-errors.ts";
import { schemaProblem } from "./schema-problem.ts";

/** A file that follows the schema, after what does not was reported and left out. */
export interface Validated {
  /** Null where too little is left to go on. */
  readonly file: CoopFile | null;
  readonly diagnostics: readonly Diagnostic[];
}

/** Leaving out one thing can make another one faulty, at most once for each level of nesting. */
const ROUNDS = 8;

/** Checks a plain value against the schema. The value is the caller's to give: what is faulty is removed from it. */
export function validate(value: unknown, places: Places): Validated {
  const diagnostics: Diagnostic[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    if (validateCoopFile(value)) return { file: value as CoopFile, diagnostics };
    const errors = schemaErrors(validateCoopFile.errors ?? []);
    if (round === 0) for (const error of errors) diagnostics.push(schemaProblem(error, value, places));
    if (!removeFaulty(value, errors, places)) break;
  }
  return { file: null, diagnostics };
}
