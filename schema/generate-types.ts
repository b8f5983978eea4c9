import { compile } from "json-schema-to-typescript";

/** The types of a coop.yaml as it is written, all of it readonly. */
export async function fileTypes(schemaText: string): Promise<string> {
  const text = await compile(withoutPatterns(JSON.parse(schemaText)), "CoopFile", {
    bannerComment: "// Made from coop.v1.schema.json by `npm run generate`. Do not edit.",
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
