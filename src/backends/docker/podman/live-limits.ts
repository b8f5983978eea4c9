import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Fields } from "./json.ts";
import { numberIn } from "./json.ts";

const GROUPS = "/sys/fs/cgroup";

/** What the kernel holds a running container to; undefined = it cannot be read here. 0 = no limit. */
export interface LiveLimits {
  readonly Memory?: number;
  readonly MemorySwap?: number;
  readonly NanoCpus?: number;
  readonly PidsLimit?: number;
}

/**
 * Reads the limits of a container from this machine's control groups: Podman's report says what they were when it was made, also
 * after they were changed. `path` is the container's own group.
 */
export async function liveLimits(path: string): Promise<LiveLimits> {
  if (path === "") return {};
  const unified = await text(join(GROUPS, "cgroup.controllers"));
  const found = unified === null ? await ofSeparate(path) : await ofUnified(path);
  return Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined));
}

type Found = { readonly [Key in keyof LiveLimits]-?: number | undefined };

async function ofSeparate(path: string): Promise<Found> {
  const of = (controller: string, file: string): Promise<string | null> => text(join(GROUPS, controller, path, file));
  const [memory, both, quota, period, pids] = await Promise.all([
    of("memory", "memory.limit_in_bytes"),
    of("memory", "memory.memsw.limit_in_bytes"),
    of("cpu", "cpu.cfs_quota_us"),
    of("cpu", "cpu.cfs_period_us"),
    of("pids", "pids.max"),
  ]);
  return {
    Memory: bytes(memory),
    MemorySwap: bytes(both),
    NanoCpus: processors(quota, period),
    PidsLimit: count(pids),
  };
}

async function ofUnified(path: string): Promise<Found> {
  const of = (file: string): Promise<string | null> => text(join(GROUPS, path, file));
  const [memory, swap, cpu, pids] = await Promise.all([
    of("memory.max"),
    of("memory.swap.max"),
    of("cpu.max"),
    of("pids.max"),
  ]);
  const [quota, period] = (cpu ?? "").split(" ");
  const own = bytes(memory);
  const beside = bytes(swap);
  return {
    Memory: own,
    MemorySwap: own === undefined || swap === null ? undefined : swap === "max" ? 0 : own + (beside ?? 0),
    NanoCpus: cpu === null ? undefined : processors(quota ?? null, period ?? null),
    PidsLimit: count(pids),
  };
}

// The first version calls no limit by the highest number of pages.
const HIGHEST = 2 ** 62;

function bytes(value: string | null): number | undefined {
  if (value === null) return undefined;
  const limit = value === "max" ? 0 : Number(value);
  return limit > HIGHEST ? 0 : limit;
}

function processors(quota: string | null, period: string | null): number | undefined {
  if (quota === null || period === null) return undefined;
  return quota === "max" || Number(quota) < 0 ? 0 : Math.round((Number(quota) / Number(period)) * 1e9);
}

function count(value: string | null): number | undefined {
  return value === null ? undefined : value === "max" ? 0 : Number(value);
}

const PAGE = 4096;

/** Limits as the report has them where the kernel's are the same but for its rounding to whole pages, else the kernel's. Pure. */
export function limitsInForce(told: Fields, live: LiveLimits): Fields {
  return Object.fromEntries(
    Object.entries(live).map(([key, value]) => {
      const said = numberIn(told[key]);
      return [key, Math.abs(said - value) < PAGE && key.startsWith("Memory") ? said : value];
    }),
  );
}

async function text(path: string): Promise<string | null> {
  try {
    return (await readFile(path, "utf8")).trim();
  } catch {
    return null;
  }
}
