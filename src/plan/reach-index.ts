import type { PolicyRule } from "../gateway/policy.ts";
import { canonicalJson } from "../graph/digest.ts";
import { ANY_METHOD, ANY_PATH, covers } from "./reach-atoms.ts";
import type { Atom, RuleAtom } from "./reach-atoms.ts";

/**
 * Those atoms that none of the others covers, in their order. By `covers`, asked only of atoms that could: a file with a
 * thousand rules is compared in the time of reading it.
 */
export function uncovered(these: readonly Atom[], those: readonly Atom[]): readonly Atom[] {
  if (those.length === 0) return these;
  const open = those.find((each) => each.kind === "open");
  const routes = new Set(those.flatMap((each) => (each.kind === "route" ? [canonicalJson(each)] : [])));
  const rules = new Map<string, RuleAtom[]>();
  for (const each of those) {
    if (each.kind !== "rule") continue;
    const key = keyOf(each, hostKey(each), each.method, each.path);
    const known = rules.get(key);
    if (known === undefined) rules.set(key, [each]);
    else known.push(each);
  }
  const isCovered = (atom: Atom): boolean => {
    if (atom.kind === "route") return routes.has(canonicalJson(atom));
    if (open !== undefined && covers(open, atom)) return true;
    if (atom.kind === "open") return false;
    for (const host of [hostKey(atom), PATTERN])
      for (const method of [atom.method, ANY_METHOD])
        for (const path of [atom.path, ANY_PATH])
          if (rules.get(keyOf(atom, host, method, path))?.some((wide) => covers(wide, atom)) === true) return true;
    return false;
  };
  return these.filter((each) => !isCovered(each));
}

/** Patterns may cover hosts of other names, so all of them stand under one key. */
const PATTERN = "*";

function hostKey({ rule: { host } }: RuleAtom): string {
  return host.kind === "exact" || host.kind === "address" ? canonicalJson(host) : PATTERN;
}

// What must be the same in both is part of the key.
function keyOf({ rule, port }: RuleAtom, host: string, method: string, path: string): string {
  return `${port} ${method} ${path} ${host} ${sameOf(rule)}`;
}

const SAME = new WeakMap<PolicyRule, string>();

function sameOf(rule: PolicyRule): string {
  const known = SAME.get(rule);
  if (known !== undefined) return known;
  const { protocol, tls, query, credential, override } = rule;
  const made = canonicalJson([protocol, tls, query, credential, override]);
  SAME.set(rule, made);
  return made;
}
