/**
 * Makes what follows from the schema and the catalogue: `npm run generate`. With `--check` it changes nothing and fails
 * where a file is not what it would make.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileReference } from "./generate-file-reference.ts";
import { shapeTable } from "./generate-shape.ts";
import { fileTypes } from "./generate-types.ts";
import { builtInProviders } from "./generate-providers.ts";
import { validationCode, validationTypes } from "./generate-validation.ts";

const check = process.argv.includes("--check");
const COOP = { schema: "coop.v1.schema.json", validate: "validateCoopFile" } as const;
const PROVIDER = { schema: "provider.v1.schema.json", validate: "validateProviderFile" } as const;
const schemaText = textOf(COOP.schema);
const providerText = textOf(PROVIDER.schema);
let stale = 0;

settle("schema/coop-file.gen.ts", await fileTypes(schemaText, "CoopFile", COOP.schema));
settle("schema/coop-shape.gen.ts", shapeTable(schemaText));
settle("schema/coop-validate.gen.js", validationCode(schemaText, COOP));
settle("schema/coop-validate.gen.d.ts", validationTypes(COOP));
settle("docs/coop-yaml.md", fileReference(schemaText));
settle("schema/provider-file.gen.ts", await fileTypes(providerText, "ProviderFile", PROVIDER.schema));
settle("schema/provider-validate.gen.js", validationCode(providerText, PROVIDER));
settle("schema/provider-validate.gen.d.ts", validationTypes(PROVIDER));
settle("src/providers/built-in.gen.ts", await builtInProviders());
const { providerReference } = await import("./generate-provider-reference.ts");
settle("docs/providers.md", providerReference());
// The examples of this page are run through the code that stands on the files above.
const { diagnosticsReference } = await import("./generate-diagnostics-reference.ts");
settle("docs/diagnostics.md", diagnosticsReference());
process.exitCode = check && stale > 0 ? 1 : 0;

function settle(name: string, text: string): void {
  const path = new URL(`../${name}`, import.meta.url);
  const present = existsSync(path) ? readFileSync(path, "utf8") : null;
  if (present === text) return;
  stale += 1;
  if (!check) writeFileSync(path, text);
  process.stderr.write(check ? `${name} is stale: run npm run generate\n` : `wrote ${name}\n`);
}

function textOf(schema: string): string {
  return readFileSync(new URL(schema, import.meta.url), "utf8");
}
