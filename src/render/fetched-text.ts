import type { FetchedWork } from "../workspace/fetch/fetched-work.ts";
import { harmless } from "./display-text.ts";
import type { Colours } from "./colours.ts";

const STATE = { new: "*", updated: " ", rewritten: "+", unchanged: "=" } as const;

/** What came back, as `git fetch` shows it; what to look at before a checkout; and what was refused. */
export function fetchedText(name: string, work: FetchedWork, colours: Colours): string {
  if (work.brought.length === 0 && work.refused.length === 0) return `${name}: nothing new.\n`;
  const brought = work.brought.flatMap((each) => [
    ` ${STATE[each.state]} ${each.oid.slice(0, 12)}  ${harmless(each.ref)}  ${each.commits} commit(s), ${each.filesChanged} file(s)${each.keptAs === null ? "" : `, before: ${each.keptAs}`}`,
    ...each.flagged.map((flag) => colours.yellow(`     look at ${harmless(flag.path)}: ${flag.why}`)),
  ]);
  const refused = work.refused.flatMap((each) => [
    colours.red(` ! ${harmless(each.name)} was not taken`),
    ...each.reasons.map((reason) => `     ${harmless(reason.path)}: ${harmless(reason.why)}`),
  ]);
  const [first] = work.brought;
  const next = first === undefined ? [] : [`See it with: git log -p ${harmless(first.ref)}`];
  return `${[...brought, ...refused, ...next].join("\n")}\n`;
}
