import { diagnostic } from "../../diagnostics/catalog.ts";
import type { Diagnostic } from "../../diagnostics/diagnostic.ts";
import type { Rule } from "./rule.ts";

/** Texts that a shell or a person reads, where a dollar sign is theirs. */
const THEIRS = new Set(["run", "command", "entrypoint", "test", "provision", "gate", "prompt"]);
const VARIABLE = /\$\{([A-Za-z_][A-Za-z0-9_]*)[^}]*\}|^\$([A-Za-z_][A-Za-z0-9_]*)$/u;

/** `${NAME}` is not replaced by anything, which nobody who writes it expects. */
export const interpolation: Rule = (file, { places }) => {
  const found: Diagnostic[] = [];
  const walk = (owner: object, environment: boolean): void => {
    for (const [key, value] of Object.entries(owner)) {
      if (typeof value === "object" && value !== null && !THEIRS.has(key))
        walk(value, environment || key === "environment");
      if (typeof value !== "string" || !value.includes("$") || (THEIRS.has(key) && !environment)) continue;
      const name = variableIn(value);
      if (name === null) continue;
      const mend = environment ? `Write \`{ env: ${name} }\`; the user grants it once.` : "Write the value itself.";
      found.push(diagnostic("Interpolation", { text: value, mend }, places.value(owner, key)));
    }
  };
  walk(file, false);
  return found;
};

function variableIn(text: string): string | null {
  const [, braced, bare] = VARIABLE.exec(text) ?? [];
  return braced ?? bare ?? null;
}
