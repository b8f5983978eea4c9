import type { Agent, Credential, Model } from "../model/model.ts";
import type { CompiledCredential, CompiledCredentials, ProvidedToAgent } from "../model/compiled-credentials.ts";
import type { Provider } from "../model/provider.ts";
import { KEYS_PATH, SANDBOX_ADDRESS } from "../model/sandbox-address.ts";
import { placeholderOf } from "./placeholder.ts";
import { placesOf } from "./places-of.ts";
import type { ProviderBook } from "./provider-book.ts";

/**
 * Puts a model's credentials together with their providers. Pure: equal input, equal output. A placeholder is the same for every
 * credential of one provider in a project, so that a client with one variable may use two of them; another project has another.
 */
export function compileCredentials(model: Model, book: ProviderBook): CompiledCredentials {
  const providerOf = (credential: Credential): Provider | null =>
    credential.provider === null ? null : book.find(credential.provider);
  const inRules = new Set(model.egress.rules.flatMap((rule) => rule.credential ?? []));
  return {
    credentials: Object.fromEntries(
      model.credentials
        .filter((credential) => inRules.has(credential.name))
        .map((credential) => [credential.name, compiled(model.project, credential, providerOf(credential))]),
    ),
    agents: Object.fromEntries(
      model.agents.map((agent) => {
        const names = credentialsOf(model, agent);
        const used = model.credentials.filter((credential) => names.has(credential.name));
        return [agent.name, provided(model.project, agent, used, providerOf)];
      }),
    ),
  };
}

/** The names of the credentials that may be used for an agent: those that it lists and those of its rules. */
export function credentialsOf(model: Model, agent: Pick<Agent, "credentials" | "egress">): ReadonlySet<string> {
  const { egress } = agent;
  const rules = egress.kind === "open" ? [] : model.egress.rules.filter((rule) => egress.rules.includes(rule.name));
  return new Set([...agent.credentials, ...rules.flatMap((rule) => rule.credential ?? [])]);
}

/** For a credential without a provider, which no client checks the shape of. */
const PLAIN_PLACEHOLDER = "coop-placeholder-{alnum:32}";

function compiled(project: string, credential: Credential, provider: Provider | null): CompiledCredential {
  return {
    places: placesOf(credential, provider).places,
    placeholder: placeholder(project, credential, provider),
    refreshEncoding: provider?.refresh?.encoding ?? "form",
  };
}

function placeholder(project: string, credential: Credential, provider: Provider | null): string {
  const whose = provider === null ? `credential ${credential.name}` : `provider ${provider.name}`;
  return placeholderOf(provider?.placeholder ?? PLAIN_PLACEHOLDER, `${project}\n${whose}`);
}

function provided(
  project: string,
  agent: Agent,
  used: readonly Credential[],
  providerOf: (credential: Credential) => Provider | null,
): ProvidedToAgent {
  const environment = new Map<string, ProvidedToAgent["environment"][number]>();
  const files = new Map<string, ProvidedToAgent["files"][number]>();
  const own = new Set(agent.environment.map((entry) => entry.name));
  for (const credential of used) {
    const provider = providerOf(credential);
    if (provider === null) continue;
    const text = placeholder(project, credential, provider);
    const filled = (template: string): string =>
      template
        .replaceAll("{placeholder}", text)
        .replaceAll("{endpoint}", `${SANDBOX_ADDRESS}${KEYS_PATH}${credential.name}`);
    for (const { name, value } of provider.environment) {
      if (own.has(name) || environment.has(name)) continue;
      environment.set(name, { name, value: filled(value), credential: credential.name });
    }
    for (const { path, content } of provider.files) {
      if (files.has(path)) continue;
      files.set(path, { path, content: filled(content), credential: credential.name });
    }
  }
  return {
    environment: [...environment.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1)),
    files: [...files.values()].toSorted((a, b) => (a.path < b.path ? -1 : 1)),
  };
}
