import { hostPatternText } from "../model/host-pattern-text.ts";
import type { Policy, PolicyRule } from "./policy.ts";
import { subjectOf } from "./policy.ts";

/** What an identity may reach under the rules in force, for an agent to read. Holds no value of any credential. */
export function reachText(policy: Policy | null, identity: string): string {
  const subject = policy === null ? null : subjectOf(policy, identity);
  const lines = [
    ...(subject?.open === true ? ["every public host, on every port"] : []),
    ...(subject?.rules.map(ruleLine) ?? []),
    ...(subject?.routes.map((route) => `${route.name}:${route.port} (a service of this project)`) ?? []),
  ];
  const reach = lines.length === 0 ? "Nothing." : lines.map((line) => `- ${line}`).join("\n");
  return `What this sandbox may reach (${identity}):

${reach}

Everything else is refused: names do not resolve, requests get 403 with a JSON body that says which rule is missing. Credentials are put
in by the gateway: send the placeholder that you have, or nothing. To reach more, ask your person to add a rule to \`egress.rules\` in
coop.yaml and its name to your \`egress\`.
`;
}

function ruleLine(rule: PolicyRule): string {
  const host = hostPatternText(rule.host);
  const ports = rule.ports.map((port) => (isUsual(rule, port) ? "" : `:${port}`));
  const hosts = ports.map((port) => `${rule.protocol}://${host}${port}`).join(" and ");
  const methods = rule.methods.length === 0 ? "" : `${rule.methods.join(", ")} `;
  const paths = rule.paths.length === 0 ? "" : `, paths ${rule.paths.join(", ")}`;
  const query =
    rule.query.length === 0 ? "" : `, with ${rule.query.map((each) => `${each.name}=${each.value}`).join("&")}`;
  const credential = rule.credential === null ? "" : `, with the credential ${rule.credential}`;
  return `${methods}${hosts}${paths}${query}${credential} (rule ${rule.name})`;
}

function isUsual(rule: PolicyRule, port: number): boolean {
  return (rule.protocol === "https" && port === 443) || (rule.protocol === "http" && port === 80);
}
