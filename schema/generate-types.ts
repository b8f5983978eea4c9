import { compile } from "json-schema-to-typescript";

/** The types of a file as it is written, such as a coop.yaml, all of it readonly. `schema` = the schema's file. */
export async function fileTypes(schemaText: string, name: string, schema: string): Promise<string> {
  const text = await compile(withoutPatterns(JSON.parse(schemaText)), name, {
    bannerComment: `// Made from ${schema} by \`npm run generate\`. Do not edit.`,
    additionalProperties: false,
    ignoreMinAndMaxItems: true,
    style: { printWidth: 120 },
  });
  return text
    .replaceAll(/^( +)(?=(?:"[^"]+"|\[k: string\]|[\w$]+)\??:)/gmu, "$1readonly ")
    .replaceAll(/(?<=[:=(|] ?)(?=(?:[\w$]+|\([^()]*\))\[\])/gu, "readonly ");
}

/** A pattern on a key makes no better type, and a sibling of `$ref` would make a second, equal one. */
function withoutPatterns(node: unknown): object {
  return JSON.parse(
    JSON.stringify(node, (key: string, value: unknown) => {
      if (key === "propertyNames") return undefined;
      if (typeof value === "object" && value !== null && "$ref" in value) return { $ref: value.$ref };
      return value;
    }),
  );
}
