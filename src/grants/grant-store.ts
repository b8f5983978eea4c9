import { chmod, mkdir, open, readFile, rename, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { CoopError } from "../diagnostics/coop-error.ts";
import type { Grant } from "./grant.ts";

/** The user's grants. A file that others may write is refused: what stands there is the user's word. */
export async function readGrants(file: string): Promise<readonly Grant[]> {
  const stats = await stat(file).catch(() => null);
  if (stats === null) return [];
  if ((stats.mode & 0o022) !== 0) {
    throw new CoopError("NOT_GRANTED", `${file} may be written by others, so nothing in it counts.`, {
      mend: `chmod 600 ${file}`,
    });
  }
  const user = process.geteuid?.() ?? stats.uid;
  if (stats.uid !== user) {
    throw new CoopError("NOT_GRANTED", `${file} belongs to the user ${stats.uid}, so nothing in it counts.`, {
      mend: "Move it away, and grant again.",
    });
  }
  const broken = (cause: unknown): CoopError =>
    new CoopError("NOT_GRANTED", `${file} is not a list of grants, so nothing in it counts.`, {
      cause,
      mend: `Mend it, or remove it and grant again.`,
    });
  try {
    const value: unknown = JSON.parse(await readFile(file, "utf8"));
    if (typeof value !== "object" || value === null || !("grants" in value) || !Array.isArray(value.grants))
      throw new Error("no grants");
    return value.grants.map(grantOf);
  } catch (cause) {
    throw broken(cause);
  }
}

/** Writes the grants whole: readers see the old list or the new one. */
export async function writeGrants(file: string, grants: readonly Grant[]): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const sorted = grants.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  const temporary = `${file}.${process.pid}.tmp`;
  const handle = await open(temporary, "w", 0o600);
  try {
    await handle.writeFile(`${JSON.stringify({ version: 2, grants: sorted }, null, 2)}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await chmod(temporary, 0o600);
  await rename(temporary, file);
}

/** What tells two grants apart; a newer one for the same takes the older one's place. */
export function keyOf(grant: Grant): string {
  return `${grant.repository}\0${grant.clone}\0${grant.subject}\0${grant.name}\0${grant.source}`;
}

function grantOf(value: unknown): Grant {
  const fields: Readonly<Record<string, unknown>> = typeof value === "object" && value !== null ? { ...value } : {};
  const text = (key: string): string => {
    const field = fields[key];
    if (typeof field !== "string") throw new Error(`a grant has no ${key}`);
    return field;
  };
  const { hosts, clone = "", profile = null } = fields;
  if (!Array.isArray(hosts)) throw new Error("a grant has no hosts");
  return {
    repository: text("repository"),
    // Files of version 1 name no clone: what they grant is for none, and is asked again.
    clone: typeof clone === "string" ? clone : "",
    subject: text("subject"),
    name: text("name"),
    source: text("source"),
    hosts: hosts.map(String),
    profile: typeof profile === "string" ? profile : null,
  };
}
