import type { Policy, PolicyRule, Subject } from "../gateway/policy.ts";
import { canonicalJson } from "../graph/digest.ts";
import { patternCovers } from "../model/pattern-covers.ts";
import { atomsOf } from "./reach-atoms.ts";
import { uncovered } from "./reach-index.ts";
import { projectMeet } from "./meet-project.ts";

/**
 * Rules that allow only what both allow, so that a tightening need not wait for the loosening beside it. Where it is unsure
 * whether both allow something, neither counts. What only says how a project asks for names stays as it was when both differ.
 * `consented`: what a person has let through; null = nothing. Pure.
 */
export function meet(consented: Policy | null, desired: Policy): Policy {
  const moved = movedCredentials(consented, desired);
  const subjects = Object.entries(desired.subjects).map(([name, subject]) => {
    const before = consented?.subjects[name];
    return [name, before === undefined ? NOTHING : meetOfSubjects(before, subject, moved)] as const;
  });
  const used = new Set(subjects.flatMap(([, { rules }]) => rules.flatMap((rule) => rule.credential ?? [])));
  return {
    ...desired,
    ...projectMeet(consented, desired),
    credentials: Object.fromEntries(Object.entries(desired.credentials).filter(([name]) => used.has(name))),
    subjects: Object.fromEntries(subjects),
  };
}

const NOTHING: Subject = { open: false, rules: [], routes: [] };

/** Credentials that go elsewhere, or otherwise, into requests than they did: a rule that uses one is another rule. */
function movedCredentials(before: Policy | null, after: Policy): ReadonlySet<string> {
  return new Set(
    Object.entries(after.credentials).flatMap(([name, credential]) => {
      const was = before?.credentials[name];
      return was !== undefined && canonicalJson(was) === canonicalJson(credential) ? [] : [name];
    }),
  );
}

function meetOfSubjects(before: Subject, after: Subject, moved: ReadonlySet<string>): Subject {
  const routes = new Set(before.routes.map((each) => canonicalJson(each)));
  const rules = [
    ...after.rules.flatMap((rule) => (isOf(before, rule) ? [rule] : before.rules.flatMap((was) => both(was, rule)))),
    // What every name was open to before, or is now, is met by each rule that is no more than that.
    ...(after.open ? before.rules.filter((rule) => isOf({ ...NOTHING, open: true }, rule)) : []),
  ].filter((rule) => rule.credential === null || !moved.has(rule.credential));
  return {
    open: before.open && after.open,
    rules: distinct(rules),
    routes: after.routes.filter((each) => routes.has(canonicalJson(each))),
  };
}

/** Whether a subject was allowed all of a rule. */
function isOf(subject: Subject, rule: PolicyRule): boolean {
  return uncovered(atomsOf({ ...NOTHING, rules: [rule] }), atomsOf(subject)).length === 0;
}

/** What two rules both allow; none where that cannot be said as a rule. */
function both(a: PolicyRule, b: PolicyRule): readonly PolicyRule[] {
  const keys = ["protocol", "tls", "query", "credential", "override"] as const;
  if (keys.some((key) => canonicalJson(a[key]) !== canonicalJson(b[key]))) return [];
  const host = patternCovers(a.host, b.host) ? b.host : patternCovers(b.host, a.host) ? a.host : null;
  const ports = b.ports.filter((each) => a.ports.includes(each));
  const methods = common(a.methods, b.methods);
  const paths = common(a.paths, b.paths);
  if (host === null || ports.length === 0 || methods === null || paths === null) return [];
  return [{ ...b, host, ports, methods, paths, addresses: b.addresses.filter((each) => a.addresses.includes(each)) }];
}

/** What is in both lists, of which an empty one means everything; null = nothing. */
function common(a: readonly string[], b: readonly string[]): readonly string[] | null {
  if (a.length === 0) return b;
  if (b.length === 0) return a;
  const found = b.filter((each) => a.includes(each));
  return found.length === 0 ? null : found;
}

function distinct(rules: readonly PolicyRule[]): readonly PolicyRule[] {
  return [...new Map(rules.map((each) => [canonicalJson(each), each])).values()];
}
