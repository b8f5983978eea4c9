interface Node {
  readonly properties?: Readonly<Record<string, Node>>;
  readonly additionalProperties?: Node | boolean;
  readonly items?: Node;
  readonly anyOf?: readonly Node[];
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, Node>>;
}

interface Shape {
  readonly fields?: Readonly<Record<string, string>>;
  readonly values?: string;
  readonly items?: string;
  readonly same?: string;
}

/** The schema's skeleton: which fields a mapping knows, and what kind of thing stands in each place. */
export function shapeTable(schemaText: string): string {
  const schema: Node = JSON.parse(schemaText);
  const shapes = new Map<string, Shape>();
  addShape(shapes, "file", schema);
  for (const [name, node] of Object.entries(schema.$defs ?? {})) addShape(shapes, name, node);
  const rows = [...shapes].map(([name, shape]) => `  ${JSON.stringify(name)}: ${JSON.stringify(shape)},`);
  return [
    "// Made from coop.v1.schema.json by `npm run generate`. Do not edit.",
    "/** What stands where in a coop.yaml: a mapping's fields, or what its values or a list's items are. */",
    "export interface Shape {",
    "  readonly fields?: Readonly<Record<string, string>>;",
    "  readonly values?: string;",
    "  readonly items?: string;",
    "  /** The definition that a mapping in this place follows, where the place is a union. */",
    "  readonly same?: string;",
    "}",
    "",
    "/** By the name of the schema's definition; `file` is the whole. */",
    "export const SHAPES: Readonly<Record<string, Shape>> = {",
    ...rows,
    "};",
    "",
  ].join("\n");
}

function addShape(shapes: Map<string, Shape>, name: string, node: Node): void {
  const branches = [node, ...(node.anyOf ?? [])];
  let shape: Shape = {};
  for (const branch of branches) {
    if (branch.$ref !== undefined) shape = { ...shape, same: branch.$ref.replace("#/$defs/", "") };
    if (branch.properties !== undefined) shape = { ...shape, fields: fieldsOf(shapes, name, branch.properties) };
    if (typeof branch.additionalProperties === "object") {
      shape = { ...shape, values: nameOf(shapes, `${name}.values`, branch.additionalProperties) };
    }
    if (branch.items !== undefined) shape = { ...shape, items: nameOf(shapes, `${name}.items`, branch.items) };
  }
  shapes.set(name, shape);
}

function fieldsOf(
  shapes: Map<string, Shape>,
  owner: string,
  properties: Readonly<Record<string, Node>>,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(properties).map(([field, node]) => [field, nameOf(shapes, `${owner}.${field}`, node)]),
  );
}

function nameOf(shapes: Map<string, Shape>, own: string, node: Node): string {
  if (node.$ref !== undefined) return node.$ref.replace("#/$defs/", "");
  addShape(shapes, own, node);
  return own;
}
