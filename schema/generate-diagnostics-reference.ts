import { checkText } from "../src/config/check-text.ts";
import { CATALOG } from "../src/diagnostics/catalog.ts";
import { renderDiagnostics } from "../src/render/diagnostics.ts";

/** The page of every diagnostic: each entry's own example, and what coop says of it. */
export function diagnosticsReference(): string {
  const entries = Object.entries(CATALOG).toSorted(([, a], [, b]) => (a.code < b.code ? -1 : 1));
  return [
    "# Diagnostics",
    "",
    "<!-- Made from src/diagnostics/catalog by `npm run generate`. Do not edit. -->",
    "",
    "Codes and names are permanent. A warning leaves the file valid; `coop validate --strict` counts it as an error. 1xxx: text and schema. 2xxx: meaning. 3xxx: the target cannot. 5xxx: workspace.",
    "",
    ...entries.map(([name, { code, severity }]) => `* [${code} ${name}](#${anchor(code, name)}), ${severity}`),
    ...entries.flatMap(([name, { code, example }]) => ["", `## ${code} ${name}`, "", ...exampleOf(code, example)]),
    "",
  ].join("\n");
}

function anchor(code: string, name: string): string {
  return `${code}-${name}`.toLowerCase();
}

function exampleOf(code: string, example: string): readonly string[] {
  if (!example.includes("\n")) return [example];
  const found = checkText(example, { file: "coop.yaml", folderName: "demo" }).diagnostics.filter(
    (each) => each.code === code,
  );
  const shown = ["```yaml", ...visible(example).trimEnd().split("\n"), "```"];
  // Some are found only where the repository is looked at.
  if (found.length === 0) return shown;
  const rendered = renderDiagnostics(found.slice(0, 1), { textOf: () => example, colours: false, columns: 100 });
  return [...shown, "", "```text", ...rendered.trimEnd().split("\n"), "```"];
}

/** Characters that a page cannot show are written as escapes. */
function visible(text: string): string {
  return text.replaceAll(/[^\n\t\P{C}]/gu, (character) => `\\u{${character.codePointAt(0)?.toString(16) ?? ""}}`);
}
