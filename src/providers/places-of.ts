import type { HostPattern } from "../model/model.ts";
import type { InjectionPlace, Provider, ProviderPlace } from "../model/provider.ts";
import { patternCovers } from "../model/pattern-covers.ts";
import { hostPattern } from "./provider-of.ts";

/** What an entry of `credentials` says about where its secret goes; the rest is its provider's. */
export interface Placed {
  readonly header: string | null;
  readonly prefix: string;
  readonly query: string | null;
  /** As written, canonical; empty = those of the provider. */
  readonly hosts: readonly string[];
}

export interface Places {
  readonly places: readonly InjectionPlace[];
  /** Hosts of the entry that its provider has no place for. */
  readonly strange: readonly string[];
}

/** The places of a credential. `provider` null = the entry names a header or a query parameter itself. */
export function placesOf(entry: Placed, provider: Provider | null): Places {
  const all = provider?.places ?? ownPlaces(entry);
  if (entry.hosts.length === 0) return { places: all.filter((place) => place.hosts.length > 0).map(bare), strange: [] };
  const wanted = entry.hosts.map((written) => ({ written, host: hostPattern(written) }));
  const found = all.map((): HostPattern[] => []);
  const strange: string[] = [];
  for (const { written, host } of wanted) {
    const covering = all.map((place) => place.hosts.some((each) => patternCovers(each, host)));
    const chosen = covering.includes(true) ? covering : all.map((place) => place.ownHosts);
    if (!chosen.includes(true)) strange.push(written);
    for (const [at, taken] of chosen.entries()) if (taken) found[at]?.push(host);
  }
  const places = all.map((place, at) => bare({ ...place, hosts: found[at] ?? [] }));
  return { places: places.filter((place) => place.hosts.length > 0), strange };
}

function ownPlaces({ header, prefix, query }: Placed): readonly ProviderPlace[] {
  const rest = { hosts: [], paths: [], merge: [], ownHosts: true };
  if (header !== null) {
    const name = header.toLowerCase();
    return [{ ...rest, into: { kind: "header", header: name, prefix }, carriers: [name], queryCarriers: [] }];
  }
  if (query === null) return [];
  return [{ ...rest, into: { kind: "query", parameter: query }, carriers: [], queryCarriers: [query] }];
}

function bare({ ownHosts: _, ...place }: ProviderPlace): InjectionPlace {
  return place;
}
