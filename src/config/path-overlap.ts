/** Whether some path matches both globs. Segments are compared pairwise; `*` is within one, `**` any number of them. */
export function pathsOverlap(a: string, b: string): boolean {
  return overlap(
    a.split("/"),
    b.split("/"),
    (left, right) => left !== "**" && right !== "**" && segmentsOverlap(left, right),
    "**",
  );
}

function segmentsOverlap(a: string, b: string): boolean {
  if (!a.includes("*") && !b.includes("*")) return a === b;
  return overlap(a.split(""), b.split(""), (left, right) => left === right, "*");
}

/**
 * Whether some sequence matches both patterns, where `any` in a pattern stands for any run. Row by row: `reachable[j]`
 * says that some sequence is eaten by the first parts of `a` and by the first `j` parts of `b`.
 */
function overlap(
  a: readonly string[],
  b: readonly string[],
  same: (left: string, right: string) => boolean,
  any: string,
): boolean {
  let reachable = [true];
  for (let j = 1; j <= b.length; j += 1) reachable.push(reachable[j - 1] === true && b[j - 1] === any);
  for (const left of a) {
    const next = [reachable[0] === true && left === any];
    for (let j = 1; j <= b.length; j += 1) {
      const right = b[j - 1] ?? "";
      const either = left === any || right === any;
      next.push(
        either
          ? next[j - 1] === true || reachable[j] === true || reachable[j - 1] === true
          : reachable[j - 1] === true && same(left, right),
      );
    }
    reachable = next;
  }
  return reachable[b.length] === true;
}
