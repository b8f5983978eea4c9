import { CoopError } from "../../diagnostics/coop-error.ts";
import type { MissingSecret } from "../../sources/secret-request.ts";

/** The refusal of all that cannot be had, each with its mend. */
export function missingOnes(missing: readonly MissingSecret[]): CoopError {
  const list = missing.map((each) => `\n  ${each.name} (${each.source}) ${each.why}`).join("");
  const mends = [...new Set(missing.map((each) => each.mend))];
  return new CoopError("SECRETS_MISSING", `Credentials that are needed cannot be had; nothing was changed.${list}`, {
    mend: mends.join("\n  = "),
  });
}
