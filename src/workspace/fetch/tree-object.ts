/** One entry of a git tree object; names are bytes, one character each. */
export interface TreeEntry {
  /** As git writes it: `40000`, `100644`, `100755`, `120000`, `160000`. */
  readonly mode: string;
  readonly name: string;
  readonly oid: string;
}

export function parseTree(content: Buffer, hashLength: number): readonly TreeEntry[] {
  const entries: TreeEntry[] = [];
  for (let at = 0; at < content.length;) {
    const space = content.indexOf(0x20, at);
    const end = content.indexOf(0, space);
    entries.push({
      mode: content.toString("latin1", at, space),
      name: content.toString("latin1", space + 1, end),
      oid: content.toString("hex", end + 1, end + 1 + hashLength),
    });
    at = end + 1 + hashLength;
  }
  return entries;
}

export function serializeTree(entries: readonly TreeEntry[]): Buffer {
  const sorted = entries.toSorted((a, b) => (sortKey(a) < sortKey(b) ? -1 : 1));
  return Buffer.concat(
    sorted.flatMap(({ mode, name, oid }) => [Buffer.from(`${mode} ${name}\0`, "latin1"), Buffer.from(oid, "hex")]),
  );
}

/** git orders a folder as if its name ended with a slash. */
function sortKey({ mode, name }: TreeEntry): string {
  return mode === "40000" ? `${name}/` : name;
}
