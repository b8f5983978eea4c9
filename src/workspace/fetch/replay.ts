import { Grafter, graftNode } from "./graft.ts";
import type { GraftNode } from "./graft.ts";
import type { ObjectStore } from "./object-store.ts";

/** Commits as the host's history continues with them; or the hidden path that one of them changes. */
export type Replayed =
  | { readonly kind: "commit"; readonly oid: string }
  | { readonly kind: "refused"; readonly path: string };

/**
 * Puts commits made on a filtered view onto the real commit: each gets its tree with the hidden files put back as they
 * were. Authors, dates and messages stay; signatures go, since they signed other bytes. Equal work gives equal commits.
 */
export class Replay {
  readonly #store: ObjectStore;
  readonly #grafter: Grafter;
  readonly #hidden: GraftNode & { readonly kind: "folder" };
  readonly #format: "sha1" | "sha256";
  readonly #done: Map<string, Replayed>;

  /** `base` is the view's first commit, `onto` the host's commit that it was made of. */
  constructor(
    store: ObjectStore,
    start: {
      readonly base: string;
      readonly onto: string;
      readonly hidden: readonly { readonly path: string; readonly mode: string; readonly oid: string }[];
    },
  ) {
    this.#store = store;
    this.#format = start.onto.length === 64 ? "sha256" : "sha1";
    this.#grafter = new Grafter(store, this.#format);
    this.#hidden = graftNode(start.hidden);
    this.#done = new Map([[start.base, { kind: "commit", oid: start.onto }]]);
  }

  /** Replays commits, parents first, and returns what became of the last one. */
  async commits(oids: readonly string[], tip: string, signal: AbortSignal): Promise<Replayed> {
    const contents = await this.#store.read(
      oids.filter((oid) => !this.#done.has(oid)),
      signal,
    );
    for (const [oid, content] of [...contents].toSorted(([a], [b]) => oids.indexOf(a) - oids.indexOf(b)))
      this.#done.set(oid, await this.#commit(content, signal));
    const replayed = this.#done.get(tip);
    if (replayed === undefined) throw new Error(`commit ${tip} was not replayed`);
    return replayed;
  }

  /** The same annotated tag on the replayed commit. */
  async tag(content: Buffer, target: string): Promise<string> {
    const text = content.toString("latin1").replace(/^object [0-9a-f]+/, `object ${target}`);
    return this.#store.write("tag", Buffer.from(text, "latin1"), this.#format);
  }

  async #commit(content: Buffer, signal: AbortSignal): Promise<Replayed> {
    const text = content.toString("latin1");
    const split = text.indexOf("\n\n");
    const headers = unfolded(text.slice(0, split));
    const tree = headers.find((line) => line.startsWith("tree "))?.slice(5) ?? null;
    const grafted = await this.#grafter.graft(tree, this.#hidden, signal);
    if (grafted.kind === "conflict")
      return { kind: "refused", path: Buffer.from(grafted.path, "latin1").toString("utf8") };
    const lines: string[] = [];
    for (const line of headers) {
      if (line.startsWith("tree ")) lines.push(`tree ${grafted.oid}`);
      else if (line.startsWith("parent ")) {
        const parent = this.#done.get(line.slice(7));
        if (parent === undefined) throw new Error(`the parent ${line.slice(7)} was not replayed`);
        if (parent.kind === "refused") return parent;
        lines.push(`parent ${parent.oid}`);
      } else if (!/^(gpgsig|gpgsig-sha256|mergetag) /.test(line)) lines.push(line);
    }
    return {
      kind: "commit",
      oid: await this.#store.write("commit", Buffer.from(lines.join("\n") + text.slice(split), "latin1"), this.#format),
    };
  }
}

/** Header lines with their continuations, which begin with a space. */
function unfolded(headers: string): readonly string[] {
  return headers.split(/\n(?! )/);
}
