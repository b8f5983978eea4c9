import { hostSpecificity } from "./host-match.ts";
import { pathMatches, pathOf } from "./path-match.ts";
import type { PolicyRule } from "./policy.ts";

/**
 * Orders rules that all match: exact host before `*` before `**`; then the longer path; then a named method. It only
 * chooses whose name and options count, never whether something is allowed; the order of the file never counts.
 */
export function bySpecificity(rawTarget: string | null): (a: PolicyRule, b: PolicyRule) => number {
  return (a, b) => {
    const [kindA, suffixA] = hostSpecificity(a.host);
    const [kindB, suffixB] = hostSpecificity(b.host);
    return (
      kindB - kindA ||
      suffixB - suffixA ||
      longestPath(b, rawTarget) - longestPath(a, rawTarget) ||
      Number(b.methods.length > 0) - Number(a.methods.length > 0) ||
      (a.name < b.name ? -1 : 1)
    );
  };
}

function longestPath(rule: PolicyRule, rawTarget: string | null): number {
  if (rawTarget === null) return 0;
  return Math.max(0, ...rule.paths.filter((glob) => pathMatches(glob, pathOf(rawTarget))).map((glob) => glob.length));
}
