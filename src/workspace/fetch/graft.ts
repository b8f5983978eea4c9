import { fold } from "../ignore/fold.ts";
import type { ObjectStore } from "./object-store.ts";
import { parseTree, serializeTree } from "./tree-object.ts";
import type { TreeEntry } from "./tree-object.ts";

/** Hidden files to be put back, as the folders they lie in. */
export type GraftNode =
  | { readonly kind: "leaf"; readonly mode: string; readonly oid: string }
  | { readonly kind: "folder"; readonly path: string; readonly children: ReadonlyMap<string, GraftNode> };

export type Grafted =
  | { readonly kind: "tree"; readonly oid: string }
  | { readonly kind: "conflict"; readonly path: string };

/** Makes the folders of hidden files. */
export function graftNode(
  files: readonly { readonly path: string; readonly mode: string; readonly oid: string }[],
  path = "",
): GraftNode & { readonly kind: "folder" } {
  const children = new Map<string, GraftNode>();
  const below = new Map<string, { readonly path: string; readonly mode: string; readonly oid: string }[]>();
  for (const file of files) {
    const slash = file.path.indexOf("/");
    if (slash < 0) children.set(file.path, { kind: "leaf", mode: file.mode, oid: file.oid });
    else
      below.set(file.path.slice(0, slash), [
        ...(below.get(file.path.slice(0, slash)) ?? []),
        { ...file, path: file.path.slice(slash + 1) },
      ]);
  }
  for (const [name, inner] of below) children.set(name, graftNode(inner, path === "" ? name : `${path}/${name}`));
  return { kind: "folder", path, children };
}

/** Puts hidden files back into a tree that knows nothing of them; where the tree has something at their place, it says so. */
export class Grafter {
  readonly #store: ObjectStore;
  readonly #format: "sha1" | "sha256";
  readonly #done = new Map<string, Grafted>();

  constructor(store: ObjectStore, format: "sha1" | "sha256") {
    this.#store = store;
    this.#format = format;
  }

  async graft(
    tree: string | null,
    node: GraftNode & { readonly kind: "folder" },
    signal: AbortSignal,
  ): Promise<Grafted> {
    const key = `${tree ?? ""} ${node.path}`;
    const known = this.#done.get(key);
    if (known !== undefined) return known;
    const result = await this.#grafted(tree, node, signal);
    this.#done.set(key, result);
    return result;
  }

  async #grafted(
    tree: string | null,
    node: GraftNode & { readonly kind: "folder" },
    signal: AbortSignal,
  ): Promise<Grafted> {
    const content = tree === null ? undefined : (await this.#store.read([tree], signal)).get(tree);
    const entries = new Map<string, TreeEntry>(
      (content === undefined ? [] : parseTree(content, this.#format === "sha1" ? 20 : 32)).map((entry) => [
        entry.name,
        entry,
      ]),
    );
    const names = new Map([...entries.keys()].map((name) => [foldName(name), name]));
    for (const [name, child] of node.children) {
      const there = names.get(foldName(name));
      const entry = entries.get(name);
      const path = node.path === "" ? name : `${node.path}/${name}`;
      const occupied = there !== undefined && (there !== name || child.kind === "leaf" || entry?.mode !== "40000");
      if (occupied) return { kind: "conflict", path };
      if (child.kind === "leaf") entries.set(name, { mode: child.mode, name, oid: child.oid });
      else {
        const inner = await this.graft(entry?.oid ?? null, child, signal);
        if (inner.kind === "conflict") return inner;
        entries.set(name, { mode: "40000", name, oid: inner.oid });
      }
    }
    return { kind: "tree", oid: await this.#store.write("tree", serializeTree([...entries.values()]), this.#format) };
  }
}

function foldName(name: string): string {
  return fold(Buffer.from(name, "latin1").toString("utf8"));
}
