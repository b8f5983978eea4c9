interface Node {
  readonly description?: string;
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly default?: unknown;
  readonly $ref?: string;
  readonly items?: Node;
  readonly anyOf?: readonly Node[];
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Node>>;
  readonly additionalProperties?: Node | boolean;
  readonly $defs?: Readonly<Record<string, Node>>;
}

/** The reference page of coop.yaml: every field with its type, meaning and default. */
export function fileReference(schemaText: string): string {
  const schema: Node = JSON.parse(schemaText);
  const definitions = Object.entries(schema.$defs ?? {});
  const mappings = definitions.filter(([, node]) => node.properties !== undefined);
  const words = definitions.filter(([, node]) => node.properties === undefined);
  return [
    "# coop.yaml, field by field",
    "",
    "<!-- Made from schema/coop.v1.schema.json by `npm run generate`. Do not edit. -->",
    "",
    "Editors complete it with `# yaml-language-server: $schema=…/coop.v1.schema.json` as the file's first line.",
    "",
    "## The file",
    "",
    schema.description ?? "",
    "",
    ...fieldsOf(schema),
    ...mappings.flatMap(([name, node]) => [
      "",
      `## ${heading(name)}`,
      "",
      node.description ?? "",
      "",
      ...fieldsOf(node),
    ]),
    "",
    "## Words",
    "",
    ...words.map(([name, node]) => `* **${heading(name)}**: ${node.description ?? ""}`),
    "",
  ].join("\n");
}

function fieldsOf(node: Node): string[] {
  const required = new Set(node.required);
  const rows = Object.entries(node.properties ?? {}).map(([field, of]) =>
    ["", `\`${field}\`${required.has(field) ? " (required)" : ""}`, typeOf(of), meaningOf(of), ""].join(" | ").trim(),
  );
  return ["| field | type | meaning |", "| --- | --- | --- |", ...rows];
}

function meaningOf(node: Node): string {
  const fallback =
    node.default === undefined
      ? ""
      : ` Default: \`${typeof node.default === "string" ? node.default : JSON.stringify(node.default)}\`.`;
  return `${node.description ?? ""}${fallback}`.replaceAll("|", "\\|");
}

function typeOf(node: Node): string {
  if (node.$ref !== undefined) {
    const name = node.$ref.replace("#/$defs/", "");
    return `[${heading(name)}](#${name.endsWith("Entry") ? anchor(name) : "words"})`;
  }
  if (node.enum !== undefined) return node.enum.map((each) => `\`${String(each)}\``).join(", ");
  if (node.anyOf !== undefined) return node.anyOf.map(typeOf).join(" or ");
  if (node.type === "array") return `list of ${node.items === undefined ? "anything" : typeOf(node.items)}`;
  if (node.type === "object" && typeof node.additionalProperties === "object")
    return `names to ${typeOf(node.additionalProperties)}`;
  return node.type ?? "anything";
}

function heading(definition: string): string {
  return definition
    .replace(/Entry$/u, "")
    .replaceAll(/([A-Z])/gu, " $1")
    .toLowerCase();
}

function anchor(definition: string): string {
  return heading(definition).replaceAll(" ", "-");
}
