/**
 * Why a request target is refused before any matching, or null. What is left has one reading only, so that the bytes
 * which are matched are the bytes which the upstream acts on.
 */
export function targetRefusal(rawTarget: string): string | null {
  if (!rawTarget.startsWith("/")) return "the request target is not in origin form";
  if (!/^[\x21-\x7e]+$/.test(rawTarget)) return "the request target has a control, space or non-ASCII character";
  if (rawTarget.includes("#")) return "the request target has a fragment";
  const path = pathOf(rawTarget);
  if (path.includes("//")) return "the path has an empty segment (//)";
  if (/[;\\]/.test(path)) return "the path has a ; or a backslash";
  if (/%(?:25)*(?:2e|2f|5c|3b|00)/i.test(path)) return "the path has an encoded separator, dot or NUL";
  if (/%(?![0-9a-f]{2})/i.test(path)) return "the path has a broken percent sign";
  if (path.split("/").some((segment) => segment === "." || segment === "..")) return "the path has a dot segment";
  return null;
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

/** Whether the query has exactly one value of this name, and it is this one, as written. */
export function queryMatches(rawTarget: string, wanted: { readonly name: string; readonly value: string }): boolean {
  const mark = rawTarget.indexOf("?");
  if (mark === -1) return false;
  const pairs = rawTarget.slice(mark + 1).split("&");
  if (pairs.some((pair) => /[%+;]/.test(pair.split("=")[0] ?? ""))) return false;
  const values = pairs.filter((pair) => pair === wanted.name || pair.startsWith(`${wanted.name}=`));
  return values.length === 1 && values[0] === `${wanted.name}=${wanted.value}`;
}
