import { type Guard, type Guards, WHOLE } from "./guards.ts";

/**
 * Why a request target is refused before any matching, or null. What is left has one reading only, so that the bytes
 * which are matched are the bytes which the upstream acts on, however it decodes them.
 */
export function targetRefusal(rawTarget: string, guards: Guards = WHOLE): string | null {
  const found = REFUSALS.find(([guard, , breaks]) => guards.has(guard) && breaks(rawTarget, pathOf(rawTarget)));
  return found?.[1] ?? null;
}

const REFUSALS: readonly (readonly [Guard, says: string, breaks: (rawTarget: string, path: string) => boolean])[] = [
  ["origin-form", "the request target is not in origin form", (target) => !target.startsWith("/")],
  [
    "plain-characters",
    "the request target has a control, space or non-ASCII character, or a fragment",
    (target) => !/^[\x21\x22\x24-\x7e]*$/.test(target),
  ],
  ["empty-segments", "the path has an empty segment (//)", (_, path) => path.startsWith("/") && path.includes("//")],
  ["path-parameters", "the path has a ;", (_, path) => path.includes(";")],
  ["backslashes", "the path has a backslash", (_, path) => path.includes("\\")],
  ["encoded-delimiters", "the path has an encoded separator, dot or NUL", (_, path) => DELIMITER.test(path)],
  [
    "encoded-twice",
    "the path has an encoded separator, dot or NUL under an encoding",
    (_, path) => hidesDelimiter(path),
  ],
  ["overlong-encodings", "the path has an overlong encoding", (_, path) => /%(?:c[01]|e0%[89]|f0%8)/i.test(path)],
  ["broken-encodings", "the path has a broken percent sign", (_, path) => /%(?![0-9a-f]{2})/i.test(path)],
  ["dot-segments", "the path has a dot segment", (_, path) => path.split("/").some(isDots)],
];

const DELIMITER = /%(?:2e|2f|5c|3b|00)/i;

/** Some servers take dots with spaces around them for dots. */
function isDots(segment: string): boolean {
  return /^(?:%20|%09)*\.{1,2}(?:%20|%09)*$/.test(segment);
}

/** Whether something that decodes more than once comes upon a delimiter in the end. */
function hidesDelimiter(path: string): boolean {
  let form = path;
  for (let round = 0; round < 8; round += 1) {
    const next = decoded(form);
    if (next === form) return false;
    if (DELIMITER.test(next)) return true;
    form = next;
  }
  return true;
}

function decoded(path: string): string {
  return path.replaceAll(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

/** The target without its query. */
export function pathOf(rawTarget: string): string {
  const mark = rawTarget.indexOf("?");
  return mark === -1 ? rawTarget : rawTarget.slice(0, mark);
}

/** `*` is any run within a segment; `**` as a segment is any number of segments, at least one at the end. */
export function pathMatches(glob: string, path: string): boolean {
  return segmentsMatch(glob.split("/"), path.split("/"));
}

function segmentsMatch(globs: readonly string[], segments: readonly string[]): boolean {
  // reachable[i]: the globs so far can have eaten exactly the first i segments. Linear in globs × segments.
  let reachable = segments.map(() => false);
  reachable.unshift(true);
  for (const [position, glob] of globs.entries()) {
    const last = position === globs.length - 1;
    const next = reachable.map(() => false);
    for (let index = 0; index <= segments.length; index += 1) {
      if (glob === "**") {
        next[index] =
          (index > 0 && (next[index - 1] === true || reachable[index - 1] === true)) ||
          (!last && reachable[index] === true);
      } else if (index > 0) {
        next[index] = reachable[index - 1] === true && segmentMatches(glob, segments[index - 1] ?? "");
      }
    }
    reachable = next;
  }
  return reachable[segments.length] === true;
}

/** Greedy wildcard match with one point of return: linear enough for any input. */
function segmentMatches(glob: string, segment: string): boolean {
  const parts = glob.split("*");
  const first = parts[0] ?? "";
  if (parts.length === 1) return segment === glob;
  if (!segment.startsWith(first)) return false;
  let position = first.length;
  for (const part of parts.slice(1, -1)) {
    const found = segment.indexOf(part, position);
    if (found === -1) return false;
    position = found + part.length;
  }
  const end = parts.at(-1) ?? "";
  return segment.length - position >= end.length && segment.endsWith(end);
}

/**
 * Whether the query has exactly one value of this name, and it is this one, as written. Other spellings that some server
 * reads as the same name (encoded, in another case, `a[]`, `a.b` for `a_b`) count as the name.
 */
export function queryMatches(
  rawTarget: string,
  wanted: { readonly name: string; readonly value: string },
  guards: Guards = WHOLE,
): boolean {
  const mark = rawTarget.indexOf("?");
  if (mark === -1) return false;
  const query = rawTarget.slice(mark + 1);
  if (guards.has("query-separators") && query.includes(";")) return false;
  const pairs = query.split("&");
  const names = pairs.map((pair) => pair.split("=")[0] ?? "");
  const whole = `${wanted.name}=${wanted.value}`;
  if (guards.has("query-names")) {
    if (names.some((name) => /[%+]/.test(name))) return false;
    if (pairs.some((pair, index) => pair !== whole && sameName(names[index] ?? "", wanted.name))) return false;
  }
  const values = pairs.filter((pair) => pair === wanted.name || pair.startsWith(`${wanted.name}=`));
  return guards.has("query-once") ? values.length === 1 && values[0] === whole : values.includes(whole);
}

function sameName(name: string, wanted: string): boolean {
  return name !== wanted && looseName(name) === looseName(wanted);
}

function looseName(name: string): string {
  return (name.split("[")[0] ?? "").toLowerCase().replaceAll(/[.\s-]/g, "_");
}
