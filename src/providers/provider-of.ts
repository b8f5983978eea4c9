import { isIP } from "node:net";
import type { Place, ProviderFile } from "../../schema/provider-file.gen.ts";
import type { HostPattern } from "../model/model.ts";
import type { Injection, Provider, ProviderPlace } from "../model/provider.ts";
import { patternCovers } from "../model/pattern-covers.ts";
import { placeholderProblem } from "./placeholder.ts";

export interface ProviderProblem {
  readonly path: readonly (string | number)[];
  readonly sentence: string;
}

export type ReadProvider =
  | { readonly ok: true; readonly provider: Provider }
  | { readonly ok: false; readonly problems: readonly ProviderProblem[] };

/** A provider file that follows its schema, made whole; or what the schema cannot say about it. */
export function providerOf(file: ProviderFile): ReadProvider {
  const places = file.places.map(placeOf);
  const problems = [
    ...file.places.flatMap((place, at) => headerProblems(place, at)),
    ...placesProblems(places),
    ...testProblems(file, places),
    ...[placeholderProblem(file.placeholder)].flatMap((each) =>
      each === null ? [] : [{ path: ["placeholder"], sentence: each }],
    ),
  ];
  if (problems.length > 0) return { ok: false, problems };
  const { test, refresh } = file;
  return {
    ok: true,
    provider: {
      name: file.name,
      description: file.description,
      places,
      placeholder: file.placeholder,
      environment: sortedEntries(file.environment).map(([name, value]) => ({ name, value })),
      files: sortedEntries(file.files).map(([path, content]) => ({ path, content })),
      test:
        test === undefined
          ? null
          : {
              method: test.method ?? "GET",
              url: test.url,
              headers: sortedEntries(test.headers).map(([name, value]) => ({ name, value })),
            },
      refresh: refresh === undefined ? null : { encoding: "form", clientSecret: null, ...refresh },
      expiry: file.expiry ?? null,
    },
  };
}

/** `*.x`, `**.x`, a name or an address, each in canonical spelling. */
export function hostPattern(written: string): HostPattern {
  if (isIP(written) !== 0) return { kind: "address", address: written };
  if (written.startsWith("**.")) return { kind: "any-depth", suffix: written.slice(3) };
  if (written.startsWith("*.")) return { kind: "one-label", suffix: written.slice(2) };
  return { kind: "exact", name: written };
}

function placeOf(place: Place): ProviderPlace {
  const into = injectionOf(place);
  const own =
    into.kind === "header" ? [into.header] : into.kind === "query" || into.kind === "path" ? [] : ["authorization"];
  return {
    hosts: place.hosts.map(hostPattern),
    paths: place.paths ?? [],
    into,
    carriers: sortedSet([...own, ...(place.carriers ?? [])]),
    queryCarriers: sortedSet([...(into.kind === "query" ? [into.parameter] : []), ...(place.queryCarriers ?? [])]),
    merge: sortedEntries(place.merge).map(([name, value]) => ({ name, value })),
    ownHosts: place.ownHosts ?? false,
  };
}

function injectionOf(place: Place): Injection {
  if (place.header !== undefined) return { kind: "header", header: place.header, prefix: place.prefix ?? "" };
  if (place.basic !== undefined) return { kind: "basic", user: place.basic };
  if (place.query !== undefined) return { kind: "query", parameter: place.query };
  if (place.path !== undefined) return { kind: "path", prefix: place.path };
  return { kind: "aws-sigv4" };
}

/** Headers that steer the request itself, or that no credential's host gets. */
export const STEERING: ReadonlySet<string> = new Set([
  "host",
  "connection",
  "content-length",
  "transfer-encoding",
  "te",
  "trailer",
  "upgrade",
  "expect",
  "cookie",
  "range",
  "proxy-authorization",
]);

const KINDS = ["header", "basic", "query", "path", "sign"] as const;

function headerProblems(place: Place, at: number): readonly ProviderProblem[] {
  const named = [
    ...(place.header === undefined ? [] : [{ header: place.header, path: ["places", at, "header"] }]),
    ...(place.carriers ?? []).map((header, index) => ({ header, path: ["places", at, "carriers", index] })),
    ...Object.keys(place.merge ?? {}).map((header) => ({ header, path: ["places", at, "merge", header] })),
  ];
  const found = named.flatMap(({ header, path }): readonly ProviderProblem[] => {
    if (!/^[!#$%&'*+.^`|~0-9a-z-]+$/.test(header))
      return [{ path, sentence: `\`${header}\` is no header's name in lower case, with hyphens.` }];
    return STEERING.has(header) ? [{ path, sentence: `\`${header}\` steers the request itself.` }] : [];
  });
  const prefix =
    place.prefix === undefined || (place.header !== undefined && /^[\x21-\x7e]* ?$/.test(place.prefix))
      ? []
      : [{ path: ["places", at, "prefix"], sentence: "`prefix` is one word before the secret of a `header`." }];
  const kinds = KINDS.filter((kind) => place[kind] !== undefined);
  const kind =
    kinds.length === 1 ? [] : [{ path: ["places", at], sentence: `A place needs exactly one of ${KINDS.join(", ")}.` }];
  const user =
    typeof place.basic !== "string" || /^[^:\n]+$/.test(place.basic)
      ? []
      : [{ path: ["places", at, "basic"], sentence: "A user of Basic authentication has no colon and is not empty." }];
  return [...kind, ...found, ...prefix, ...user];
}

function placesProblems(places: readonly ProviderPlace[]): readonly ProviderProblem[] {
  return places.flatMap((place, at) =>
    place.hosts.length > 0 || place.ownHosts
      ? []
      : [{ path: ["places", at, "hosts"], sentence: "A place without hosts is never used; set `ownHosts`." }],
  );
}

function testProblems(file: ProviderFile, places: readonly ProviderPlace[]): readonly ProviderProblem[] {
  if (file.test === undefined) return [];
  const path = ["test", "url"];
  const url = URL.parse(file.test.url.replaceAll("{placeholder}", "x"));
  if (url === null || url.port !== "" || url.username !== "")
    return [{ path, sentence: "This is no plain https URL." }];
  const exact: HostPattern = { kind: "exact", name: url.hostname };
  return places.some((place) => place.hosts.some((host) => patternCovers(host, exact)))
    ? []
    : [{ path, sentence: "The test goes to a host of the places, and to no other." }];
}

function sortedSet(items: readonly string[]): readonly string[] {
  return [...new Set(items)].toSorted();
}

function sortedEntries(record: Readonly<Record<string, string>> | undefined): readonly (readonly [string, string])[] {
  return Object.entries(record ?? {}).toSorted(([a], [b]) => (a < b ? -1 : 1));
}
