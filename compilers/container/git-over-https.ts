import type { Agent } from "../../src/model/model.ts";
import { hostMatches } from "../../src/gateway/host-match.ts";
import type { Context } from "./context.ts";

/**
 * Variables by which git takes https for hosts where the gateway puts a credential into what git sends: path rules and
 * injection cannot apply to ssh (isolation.md §2.10).
 */
export function gitOverHttps(context: Context, agent: Agent): Readonly<Record<string, string>> {
  const { egress } = agent;
  if (egress.kind !== "rules") return {};
  const hosts = context.model.egress.rules.flatMap((rule) => {
    if (!egress.rules.includes(rule.name) || rule.credential === null || rule.host.kind !== "exact") return [];
    const host = { kind: "name", name: rule.host.name } as const;
    const places = context.inputs.credentials.credentials[rule.credential]?.places ?? [];
    const forGit = places.some(
      (place) => place.into.kind === "basic" && place.hosts.some((each) => hostMatches(each, host)),
    );
    return forGit ? [host.name] : [];
  });
  const entries = [...new Set(hosts)].flatMap((host) => [
    [`url.https://${host}/.insteadOf`, `git@${host}:`],
    [`url.https://${host}/.insteadOf`, `ssh://git@${host}/`],
  ]);
  if (entries.length === 0) return {};
  return {
    GIT_CONFIG_COUNT: String(entries.length),
    ...Object.fromEntries(
      entries.flatMap(([key = "", value = ""], index) => [
        [`GIT_CONFIG_KEY_${index}`, key],
        [`GIT_CONFIG_VALUE_${index}`, value],
      ]),
    ),
  };
}
