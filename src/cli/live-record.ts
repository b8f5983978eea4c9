import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { stateFolder } from "./user-folders.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** What the watcher of one container has written down, in the user's own folder. */
export interface LiveRecord {
  readonly version: 1;
  /** The engine's id of the container. */
  readonly handle: string;
  readonly pid: number;
  /** Machine, boot, process and its start: a pid alone may belong to a successor. */
  readonly owner: string;
  readonly since: string;
  /** Null = all that must stay hidden is. */
  readonly frozen: FrozenBecause | null;
}

export interface FrozenBecause {
  readonly at: string;
  readonly because: string;
}

/** The abstract socket that a watcher holds: the kernel releases it with its owner, also on kill -9. */
export function watcherAddress(handle: string): string {
  return `\0coop-live-${handle}`;
}

export function recordFile(environment: Environment, handle: string): string {
  return join(stateFolder(environment), "live", `${handle}.json`);
}

export async function readRecord(environment: Environment, handle: string): Promise<LiveRecord | null> {
  try {
    const record: unknown = JSON.parse(await readFile(recordFile(environment, handle), "utf8"));
    return isRecord(record) && record.handle === handle ? record : null;
  } catch {
    return null;
  }
}

export async function writeRecord(environment: Environment, record: LiveRecord): Promise<void> {
  const file = recordFile(environment, record.handle);
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  await writeFile(`${file}.tmp`, JSON.stringify(record), { mode: 0o600 });
  await rename(`${file}.tmp`, file);
}

export async function removeRecord(environment: Environment, handle: string): Promise<void> {
  await rm(recordFile(environment, handle), { force: true });
}

function isRecord(value: unknown): value is LiveRecord {
  if (typeof value !== "object" || value === null || !("version" in value) || value.version !== 1) return false;
  return "handle" in value && "pid" in value && "owner" in value && "since" in value && "frozen" in value;
}
