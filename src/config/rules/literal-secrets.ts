import { diagnostic } from "../../diagnostics/catalog.ts";
import type { Diagnostic } from "../../diagnostics/diagnostic.ts";
import { variablesOf } from "../environment.ts";
import type { WrittenVariable } from "../environment.ts";
import { findSecrets, isRandom, isSecretName } from "../secret-shapes.ts";
import { spanBetween } from "../source-text.ts";
import type { Rule } from "./rule.ts";

/** Secrets do not stand in a file of the repository: not in a value, not in a comment. */
export const literalSecrets: Rule = (_file, { agents, places, services }) => {
  const { source } = places;
  const shaped = findSecrets(source.text).map(({ secret, start, end }) =>
    diagnostic("SecretInFile", { secret }, spanBetween(source, start, end)),
  );
  const known = new Set(shaped.map((each) => each.span?.start.line));
  const literal = [
    ...agents.flatMap(({ entry }) =>
      variablesOf(entry.environment, places).flatMap((each) => literalProblem(each, false)),
    ),
    ...services.flatMap(({ entry }) =>
      variablesOf(entry.environment, places).flatMap((each) => literalProblem(each, true)),
    ),
  ];
  return [...shaped, ...literal.filter((each) => !known.has(each.span?.start.line))];
};

function literalProblem({ name, value, valueSpan }: WrittenVariable, isService: boolean): readonly Diagnostic[] {
  if (typeof value !== "string" || value === "" || !isSecretName(name) || value.includes("${")) return [];
  if (/^(?:true|false|none|null|trust|[./~].*)$/iu.test(value)) return [];
  if (isRandom(value))
    return [diagnostic("SecretInFile", { secret: `the secret of \`${name.slice(0, 60)}\`` }, valueSpan)];
  const mend = isService
    ? `Write \`${name}: { generate: true }\`.`
    : `Write \`${name}: { env: ${name} }\` or \`{ credential: name }\`.`;
  return [diagnostic("LiteralPassword", { name, mend }, valueSpan)];
}
