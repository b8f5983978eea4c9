import { isDeepStrictEqual } from "node:util";
import type { Bench } from "./bench.ts";

/** What differs in the hardening of two containers, field by field: nothing, or the comparison is none. */
export async function differences(bench: Bench, ours: string, peer: string): Promise<readonly string[]> {
  const [left, right] = await Promise.all([ours, peer].map((name) => hostConfigOf(bench, name)));
  const fields = new Set([...Object.keys(left ?? {}), ...Object.keys(right ?? {})]);
  return [...fields].filter((field) => !isDeepStrictEqual(left?.[field], right?.[field])).toSorted();
}

async function hostConfigOf(bench: Bench, label: string): Promise<Readonly<Record<string, unknown>>> {
  const [found] = await bench.docker.listContainers({ all: true, limit: 1, filters: { label: [label] } });
  if (found === undefined) throw new Error(`there is no container with ${label}`);
  const { HostConfig } = await bench.docker.getContainer(found.Id).inspect();
  return Object.fromEntries(Object.entries(HostConfig).flatMap(([key, value]) => meaning(key, value)));
}

// Null, an empty list and an empty text mean the same to the engine; a profile means what it says, not how.
function meaning(key: string, value: unknown): readonly (readonly [string, unknown])[] {
  if (value === null || value === "" || (typeof value === "object" && Object.keys(value).length === 0)) return [];
  if (key !== "SecurityOpt" || !Array.isArray(value)) return [[key, value]];
  return [[key, value.map(String).map(securityOption).toSorted()]];
}

function securityOption(text: string): string {
  if (text === "no-new-privileges:true") return "no-new-privileges";
  return text.startsWith("seccomp={") ? `seccomp=${JSON.stringify(JSON.parse(text.slice("seccomp=".length)))}` : text;
}
