import { Resolver } from "node:dns/promises";
import { networkInterfaces } from "node:os";

export type Resolution =
  | { readonly ok: true; readonly addresses: readonly string[] }
  | { readonly ok: false; readonly reason: "not-found" | "failed" };

/** Every address of a name. The caller has already found the name allowed. */
export type Resolve = (name: string) => Promise<Resolution>;

const QUERY_TIMEOUT_MS = 2000;
const QUERY_TRIES = 2;
const MAX_TTL_MS = 30_000;
const MIN_TTL_MS = 1000;
const CACHE_ENTRIES = 1024;

/** Asks the given DNS servers, or the machine's own, for the families that the machine has addresses of. */
export function dnsResolve(servers: readonly string[]): Resolve {
  const resolver = new Resolver({ timeout: QUERY_TIMEOUT_MS, tries: QUERY_TRIES });
  if (servers.length > 0) resolver.setServers(servers);
  return cached(async (name) => {
    const families = usableFamilies();
    const answers = await Promise.all([
      families.v4 ? query(() => resolver.resolve4(name, { ttl: true })) : EMPTY,
      families.v6 ? query(() => resolver.resolve6(name, { ttl: true })) : EMPTY,
    ]);
    const records = answers.flatMap((answer) => answer.records);
    const ttlMs = Math.min(MAX_TTL_MS, ...records.map((record) => record.ttl * 1000));
    if (records.length > 0)
      return { resolution: { ok: true, addresses: records.map((record) => record.address) }, ttlMs };
    const failed = answers.some((answer) => answer.failed);
    return { resolution: { ok: false, reason: failed ? "failed" : "not-found" }, ttlMs: 0 };
  });
}

interface Answer {
  readonly records: readonly { readonly address: string; readonly ttl: number }[];
  readonly failed: boolean;
}

const EMPTY: Answer = { records: [], failed: false };

async function query(ask: () => Promise<Answer["records"]>): Promise<Answer> {
  try {
    return { records: await ask(), failed: false };
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : "";
    return { records: [], failed: code !== "ENODATA" && code !== "ENOTFOUND" };
  }
}

/** Without a routable IPv6 address there is nothing to dial over IPv6, so nothing is asked. */
function usableFamilies(): { readonly v4: boolean; readonly v6: boolean } {
  const addresses = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
  const v6 = addresses.some((each) => each.family === "IPv6" && !each.internal && !each.address.startsWith("fe80:"));
  return { v4: addresses.some((each) => each.family === "IPv4" && !each.internal) || !v6, v6 };
}

type Looked = { readonly resolution: Resolution; readonly ttlMs: number };

/** Keeps answers for their time to live, bounded, and asks once for simultaneous callers. */
function cached(look: (name: string) => Promise<Looked>): Resolve {
  const kept = new Map<string, { readonly answer: Promise<Resolution>; until: number }>();
  return (name) => {
    const known = kept.get(name);
    if (known !== undefined && known.until > performance.now()) return known.answer;
    const looked = look(name);
    const entry = { answer: looked.then((each) => each.resolution), until: Number.POSITIVE_INFINITY };
    kept.delete(name);
    kept.set(name, entry);
    for (const oldest of kept.keys()) {
      if (kept.size <= CACHE_ENTRIES) break;
      kept.delete(oldest);
    }
    const keepFor = (ttlMs: number): void => {
      entry.until = performance.now() + Math.max(MIN_TTL_MS, ttlMs);
    };
    looked.then(
      (each) => keepFor(each.ttlMs),
      () => kept.delete(name),
    );
    return entry.answer;
  };
}
