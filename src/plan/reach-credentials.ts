import type { Policy, PolicyCredential } from "../gateway/policy.ts";
import { hostPatternText } from "../model/host-pattern-text.ts";
import type { Injection } from "../model/provider.ts";

/**
 * What changes for a subject where a credential keeps its name but goes elsewhere, or otherwise, into requests: the sentences
 * behind "may" that hold under `these` and not under `those`. A credential that only one side has shows in the rules.
 */
export function movedCredentials(subject: string, these: Policy | null, those: Policy | null): readonly string[] {
  const used = namesOf(subject, these).filter((name) => namesOf(subject, those).includes(name));
  return used.flatMap((name) => {
    const before = wordsOf(those?.credentials[name]);
    return wordsOf(these?.credentials[name])
      .filter((words) => !before.includes(words))
      .map((words) => `have credential ${name} put into ${words}`);
  });
}

function namesOf(subject: string, policy: Policy | null): readonly string[] {
  return [...new Set((policy?.subjects[subject]?.rules ?? []).flatMap((rule) => rule.credential ?? []))];
}

function wordsOf(credential: PolicyCredential | undefined): readonly string[] {
  return (credential?.places ?? []).flatMap(({ hosts, paths, into }) =>
    hosts.flatMap((host) =>
      (paths.length === 0 ? [""] : paths).map(
        (path) => `${injectionText(into)} of requests to ${hostPatternText(host)}${path}`,
      ),
    ),
  );
}

function injectionText(into: Injection): string {
  switch (into.kind) {
    case "header":
      return `the header ${into.header}${into.prefix === "" ? "" : ` (${into.prefix.trim()})`}`;
    case "basic":
      return `the header authorization (Basic${into.user === null ? "" : `, user ${into.user}`})`;
    case "query":
      return `the query parameter ${into.parameter}`;
    case "path":
      return `the path after ${into.prefix}`;
    case "aws-sigv4":
      return "the AWS signature";
  }
}
