import type { Policy, Subject } from "../gateway/policy.ts";
import { canonicalJson } from "../graph/digest.ts";
import { movedCredentials } from "./reach-credentials.ts";
import { atomsOf, atomText } from "./reach-atoms.ts";
import type { Atom } from "./reach-atoms.ts";
import { uncovered } from "./reach-index.ts";
import { projectReach } from "./reach-project.ts";

/** One sentence on who newly may, or no longer may, reach what. */
export interface ReachLine {
  readonly effect: "loosens" | "tightens";
  /** `agent/coder`, `service/db`; `gateway` for what holds for all of them. */
  readonly subject: string;
  readonly text: string;
}

/**
 * What a change of the rules newly allows and forbids, per subject. Null = no rules at all. Pure, offline. What another
 * rule allows anyway is neither: `**.x` in the place of `*.x` loosens and tightens nothing.
 */
export function reachDiff(before: Policy | null, after: Policy | null): readonly ReachLine[] {
  const subjects = [
    ...new Set([...Object.keys(before?.subjects ?? {}), ...Object.keys(after?.subjects ?? {})]),
  ].toSorted();
  const project = projectReach(before, after);
  const lines = subjects.flatMap((subject) => {
    // Most are as they were, and need not be taken apart.
    const unchanged = isSame(before?.subjects[subject], after?.subjects[subject]);
    const was = unchanged ? [] : atomsOf(before?.subjects[subject]);
    const is = unchanged ? [] : atomsOf(after?.subjects[subject]);
    const moved = movedCredentials(subject, after, before);
    const movedFrom = movedCredentials(subject, before, after);
    const name = subject.replace(/^(agent|service|publisher)\//, "");
    return [
      ...[...beyond(is, was), ...moved].map((text) => line("loosens", subject, `${name} may ${text}`)),
      ...[...beyond(was, is), ...movedFrom].map((text) => line("tightens", subject, `${name} may no longer ${text}`)),
    ];
  });
  return [
    ...project.loosens.map((text) => line("loosens", "gateway", text)),
    ...project.tightens.map((text) => line("tightens", "gateway", text)),
    ...lines,
  ];
}

function isSame(was: Subject | undefined, is: Subject | undefined): boolean {
  return was !== undefined && is !== undefined && canonicalJson(was) === canonicalJson(is);
}

// Each sentence once: rules may say the same twice.
function beyond(these: readonly Atom[], those: readonly Atom[]): readonly string[] {
  return [...new Set(uncovered(these, those).map(atomText))];
}

function line(effect: ReachLine["effect"], subject: string, text: string): ReachLine {
  return { effect, subject, text };
}
