import { readFileSync, readdirSync } from "node:fs";

/** The providers of `providers/*.yaml` as code, so that no command reads or checks them. */
export async function builtInProviders(): Promise<string> {
  // Stands on the validator that is made from the schema just before.
  const { parseProvider } = await import("../src/providers/parse-provider.ts");
  const folder = new URL("../providers/", import.meta.url);
  const files = readdirSync(folder).filter((name) => name.endsWith(".yaml"));
  const parsed = files.map((name) => {
    const read = parseProvider(readFileSync(new URL(name, folder), "utf8"), `providers/${name}`);
    if (!read.ok) throw new Error(read.problems.join("\n"));
    if (`${read.provider.name}.yaml` !== name) throw new Error(`providers/${name} is of ${read.provider.name}.`);
    return read.provider;
  });
  const sorted = parsed.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const banner = "// Made from providers/*.yaml by `npm run generate`. Do not edit.\n";
  const type = 'import type { Provider } from "../model/provider.ts";\n\n';
  return `${banner}${type}/** Sorted by name. */\nexport const BUILT_IN: readonly Provider[] = ${JSON.stringify(sorted, null, 2)};\n`;
}
