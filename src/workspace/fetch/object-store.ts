import { createHash } from "node:crypto";
import { mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { deflate } from "node:zlib";
import { readObjects } from "../git/cat-file.ts";
import type { GitPlace } from "../git/clean-environment.ts";
import type { Host } from "../git/host.ts";

const compress = promisify(deflate);

/** Objects of the quarantine: read through git, written loose. */
export class ObjectStore {
  readonly #host: Host;
  readonly #place: GitPlace;
  readonly #written = new Map<string, Buffer>();

  constructor(host: Host, place: GitPlace) {
    this.#host = host;
    this.#place = place;
  }

  /** The contents of many objects, by id. */
  async read(oids: Iterable<string>, signal: AbortSignal): Promise<ReadonlyMap<string, Buffer>> {
    const found = new Map<string, Buffer>();
    const asked: string[] = [];
    for (const oid of new Set(oids)) {
      const known = this.#written.get(oid);
      if (known === undefined) asked.push(oid);
      else found.set(oid, known);
    }
    const call = { host: this.#host, place: this.#place, doing: "read what came" };
    for await (const object of readObjects(call, asked, signal)) found.set(object.oid, object.content);
    return found;
  }

  /** Writes an object and returns its id. */
  async write(type: "commit" | "tree" | "tag", content: Buffer, format: "sha1" | "sha256"): Promise<string> {
    const bytes = Buffer.concat([Buffer.from(`${type} ${content.length}\0`), content]);
    const oid = createHash(format).update(bytes).digest("hex");
    if (this.#written.has(oid)) return oid;
    const folder = join(this.#place.gitDir, "objects", oid.slice(0, 2));
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, `tmp_${oid}`), await compress(bytes));
    await rename(join(folder, `tmp_${oid}`), join(folder, oid.slice(2)));
    this.#written.set(oid, content);
    return oid;
  }
}
