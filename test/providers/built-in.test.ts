import { readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { policyCredentialOf } from "../../src/gateway/parse-policy-credential.ts";
import { compileCredentials } from "../../src/providers/compile-credentials.ts";
import { BUILT_IN } from "../../src/providers/built-in.gen.ts";
import { placeholderOf } from "../../src/providers/placeholder.ts";
import { BUILT_IN_PROVIDERS } from "../../src/providers/provider-book.ts";
import { aModel } from "../support/project.ts";

const LISTED =
  "anthropic aws basic bearer brave-search claude cloudflare codex copilot datadog elevenlabs gemini gemini-oauth github gitlab graphite huggingface linear meta npm openai openrouter pypi sentry telegram vercel";

it("has a provider for each file, and for each kind that is promised", () => {
  const files = readdirSync(join(import.meta.dirname, "../../providers")).map((name) => name.replace(/\.yaml$/, ""));
  expect(BUILT_IN.map((each) => each.name)).toEqual(files.toSorted());
  expect(BUILT_IN_PROVIDERS.names.join(" ")).toBe(LISTED);
});

it.for(BUILT_IN.map((each) => [each.name, each] as const))(
  "%s: the gateway takes what is compiled from it",
  ([name]) => {
    const model = aModel(`version: coop/v1
project: shop
agents:
  coder: { egress: [api], credentials: [key] }
egress:
  rules:
    - { name: api, host: ${name === "bearer" || name === "basic" ? "build.corp" : hostOf(name)}, credential: key }
credentials:
  key: { provider: ${name}${name === "bearer" || name === "basic" ? ", hosts: [build.corp]" : ""} }
`);
    const { credentials, agents } = compileCredentials(model, BUILT_IN_PROVIDERS);
    expect(policyCredentialOf(JSON.parse(JSON.stringify(credentials["key"])), "key")).toEqual(credentials["key"]);
    const said = JSON.stringify(agents["coder"]);
    expect(said).not.toMatch(/\{placeholder\}|\{[a-z0-9]+:\d+\}/);
    if (BUILT_IN_PROVIDERS.find(name)?.environment.some((each) => each.value.includes("{placeholder}")) === true)
      expect(said).toContain(credentials["key"]?.placeholder);
  },
);

// The shapes by which the clients themselves, and scanners of secrets, know a credential.
it.for([
  ["anthropic", /^sk-ant-api03-[\w-]{93}AA$/],
  ["claude", /^sk-ant-oat01-[\w-]{93}AA$/],
  ["openai", /^sk-[A-Za-z0-9]{48}$/],
  ["codex", /^sk-[A-Za-z0-9]{48}$/],
  ["gemini", /^AIza[\w-]{35}$/],
  ["gemini-oauth", /^ya29\.[\w-]{100,}$/],
  ["github", /^ghp_[A-Za-z0-9]{36}$/],
  ["copilot", /^github_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59}$/],
  ["gitlab", /^glpat-[\w-]{20}$/],
  ["npm", /^npm_[A-Za-z0-9]{36}$/],
  ["pypi", /^pypi-AgEIcHlwaS5vcmc[\w-]{50,}$/],
  ["aws", /^AKIA[A-Z2-7]{16}$/],
  ["brave-search", /^BSA[A-Za-z0-9]{28}$/],
  ["elevenlabs", /^sk_[0-9a-f]{48}$/],
  ["linear", /^lin_api_[A-Za-z0-9]{40}$/],
  ["vercel", /^[A-Za-z0-9]{24}$/],
  ["sentry", /^sntryu_[0-9a-f]{64}$/],
  ["datadog", /^[0-9a-f]{32}$/],
  ["telegram", /^[0-9]{8,10}:[\w-]{35}$/],
  ["huggingface", /^hf_[A-Za-z]{15}[A-Za-z0-9]{19}$/],
  ["cloudflare", /^[\w-]{40}$/],
  ["openrouter", /^sk-or-v1-[0-9a-f]{64}$/],
] as const)("%s has a placeholder of the shape %s", ([name, shape]) => {
  const provider = BUILT_IN_PROVIDERS.find(name);
  expect(placeholderOf(provider?.placeholder ?? "", "seed")).toMatch(shape);
});

it("makes no two hosts' headers the carrier of a secret without looking for it there", () => {
  for (const { places } of BUILT_IN)
    for (const { into, carriers } of places) if (into.kind === "header") expect(carriers).toContain(into.header);
});

function hostOf(name: string): string {
  const [host] = (BUILT_IN_PROVIDERS.find(name)?.places ?? []).flatMap((place) => place.hosts);
  if (host?.kind === "exact") return host.name;
  return host?.kind === "any-depth" || host?.kind === "one-label" ? `api.${host.suffix}` : "";
}
