import { expect, it } from "vitest";
import type { Guard } from "../../src/gateway/guards.ts";
import { type Lane, shoot } from "./support/lanes.ts";
import { READINGS, type Reading } from "./support/naive-upstream.ts";
import { LANES, aRange, hitLanes } from "./support/shooting-range.ts";

/** Only what stands under /ok/, and under the /public/ of anybody, may be asked for. */
const RULES = [{ name: "api", methods: ["GET"], paths: ["/ok/**", "/*/public/**"] }] as const;

type PathAttack = readonly [name: string, guard: Guard, target: string, reading: Reading, reads: string];

const PATHS: readonly PathAttack[] = [
  ["an empty segment that a wildcard takes for a name", "empty-segments", "//public/x", "merging slashes", "/public/x"],
  ["a dot segment", "dot-segments", "/ok/../admin", "resolving dots", "/admin"],
  ["a dot segment at the end", "dot-segments", "/ok/a/../..", "resolving dots", "/"],
  ["a single dot in front of two", "dot-segments", "/ok/./../admin", "resolving dots", "/admin"],
  ["a dot segment with an encoded space", "dot-segments", "/ok/..%20/admin", "dropping spaces", "/admin"],
  ["a dot segment with an encoded tab", "dot-segments", "/ok/..%09/admin", "dropping spaces", "/admin"],
  ["a dot segment with a parameter", "path-parameters", "/ok/..;/admin", "without parameters", "/admin"],
  ["a dot segment with a parameter's value", "path-parameters", "/ok/..;a=b/admin", "without parameters", "/admin"],
  ["a dot segment with backslashes", "backslashes", "/ok/..\\admin", "backslashes as slashes", "/admin"],
  ["backslashes alone", "backslashes", "/ok/\\..\\..\\admin", "backslashes as slashes", "/admin"],
  ["encoded dots", "encoded-delimiters", "/ok/%2e%2e/admin", "decoding once", "/admin"],
  ["one encoded dot in upper case", "encoded-delimiters", "/ok/%2E./admin", "decoding once", "/admin"],
  ["an encoded slash", "encoded-delimiters", "/ok/..%2fadmin", "decoding once", "/admin"],
  ["an encoded slash in upper case", "encoded-delimiters", "/ok/..%2Fadmin", "decoding once", "/admin"],
  ["an encoded backslash", "encoded-delimiters", "/ok/..%5cadmin", "decoding once", "/admin"],
  ["an encoded semicolon", "encoded-delimiters", "/ok/..%3b/admin", "decoding once", "/admin"],
  ["an encoded NUL", "encoded-delimiters", "/ok/..%00/admin", "decoding once", "/admin"],
  ["dots encoded twice", "encoded-twice", "/ok/%252e%252e/admin", "decoding twice", "/admin"],
  ["a slash encoded twice", "encoded-twice", "/ok/..%252fadmin", "decoding twice", "/admin"],
  ["dots encoded three times", "encoded-twice", "/ok/%25252e%25252e/admin", "decoding three times", "/admin"],
  ["dots whose digits are encoded too", "encoded-twice", "/ok/%25%32%65%25%32%65/admin", "decoding twice", "/admin"],
  ["half-encoded digits of a slash", "encoded-twice", "/ok/..%252%66admin", "decoding twice", "/admin"],
  ["an overlong dot", "overlong-encodings", "/ok/%c0%ae%c0%ae/admin", "decoding overlong UTF-8", "/admin"],
  ["an overlong slash", "overlong-encodings", "/ok/..%C0%AFadmin", "decoding overlong UTF-8", "/admin"],
  ["dots in the manner of %u", "broken-encodings", "/ok/%u002e%u002e/admin", "decoding %u", "/admin"],
  ["a fragment that hides what the rule asks for", "plain-characters", "/admin#/public/x", "cutting at #", "/admin"],
];

it.for(PATHS)("%s comes through without the guard %s alone", async ([, guard, target, reading, reads]) => {
  const attack = async (off: Guard | null): Promise<readonly Lane[]> => {
    const range = await aRange(RULES, off);
    return hitLanes(
      range,
      LANES,
      (lane) => shoot(range, lane, { target }),
      (seen) => seen.some(({ url }) => READINGS[reading](url) === reads),
    );
  };
  expect(await attack(null)).toEqual([]);
  expect(await attack(guard)).toEqual(LANES);
});

/** The one document that the query may name. */
const QUERY_RULES = [{ name: "query", paths: ["/q"], query: [{ name: "doc", value: "mine" }] }] as const;

const QUERIES: readonly (readonly [
  name: string,
  guard: Guard,
  query: string,
  last: (query: string) => string | undefined,
])[] = [
  [
    "a second value, where the last counts",
    "query-once",
    "doc=mine&doc=other",
    (query) => new URLSearchParams(query).getAll("doc").at(-1),
  ],
  [
    "a value in front, where the first counts",
    "query-once",
    "doc=other&doc=mine",
    (query) => new URLSearchParams(query).get("doc") ?? "",
  ],
  [
    "an encoded name",
    "query-names",
    "doc=mine&d%6fc=other",
    (query) => new URLSearchParams(query).getAll("doc").at(-1),
  ],
  [
    "a name in another case",
    "query-names",
    "DOC=other&doc=mine",
    (query) => new URLSearchParams(query.toLowerCase()).get("doc") ?? "",
  ],
  [
    "an array of the name",
    "query-names",
    "doc=mine&doc[]=other",
    (query) => new URLSearchParams(query.replaceAll("[]", "")).getAll("doc").at(-1),
  ],
  [
    "a fragment that hides the value",
    "plain-characters",
    "x=1#&doc=mine",
    (query) => (query.split("#")[0] === "x=1" ? "other" : ""),
  ],
  [
    "a name behind a semicolon",
    "query-separators",
    "a=b;doc=other&doc=mine",
    (query) => new URLSearchParams(query.replaceAll(";", "&")).get("doc") ?? "",
  ],
];

it.for(QUERIES)("%s comes through without the guard %s alone", async ([, guard, query, reading]) => {
  const attack = async (off: Guard | null): Promise<readonly Lane[]> => {
    const range = await aRange(QUERY_RULES, off);
    return hitLanes(
      range,
      LANES,
      (lane) => shoot(range, lane, { target: `/q?${query}` }),
      (seen) => seen.some(({ url }) => reading(url.slice("/q?".length)) === "other"),
    );
  };
  expect(await attack(null)).toEqual([]);
  expect(await attack(guard)).toEqual(LANES);
});

it("an honest request comes through every lane with all guards", async () => {
  const range = await aRange(RULES, null);
  expect(
    await hitLanes(
      range,
      LANES,
      (lane) => shoot(range, lane, { target: "/ok/a%20b/100%25.txt?x=%2e%2e/" }),
      (seen) => seen.some(({ url }) => url === "/ok/a%20b/100%25.txt?x=%2e%2e/"),
    ),
  ).toEqual(LANES);
});

it.for([
  ["a space", "/ok/a b"],
  ["a NUL", "/ok/\0"],
  ["raw overlong dots", "/ok/\xc0\xae\xc0\xae/admin"],
  ["a line feed and a second request", "/ok/ HTTP/1.1\r\nHost: x\r\n\r\nGET /admin"],
] as const)("a parser that is not ours already refuses a target with %s, on every lane", async ([, target]) => {
  const range = await aRange(RULES, "plain-characters");
  const one = LANES.filter((lane) => lane.includes("h2") || !target.includes("\n"));
  expect(
    await hitLanes(
      range,
      one,
      (lane) => shoot(range, lane, { target }),
      (seen) => seen.length > 0,
    ),
  ).toEqual([]);
});
