import type { SourceSpan } from "../diagnostics/source-span.ts";
import { hostPatternText } from "../model/host-pattern-text.ts";
import type { Credential, CredentialSource, EnvironmentEntry, Model } from "../model/model.ts";
import { whereItCouldGo } from "./where-it-could-go.ts";

/** What a repository's file asks for: a value of the user's own, for somebody who may send it somewhere. */
export interface GrantRequest {
  /** Who is given the value: `agents.coder`, `services.db`; `credentials.github` = the gateway, which puts it into requests. */
  readonly subject: string;
  /** The variable inside the sandbox, or the credential's name. */
  readonly name: string;
  /** Where the value comes from: `env:GITHUB_TOKEN`, `vault:github`, `azure-kv://shop/github`. */
  readonly source: string;
  /** Where it could end up from there, sorted: part of what is granted, so that a wider reach asks again. */
  readonly hosts: readonly string[];
  /** The name in `credentials`; null = a variable of the user's environment that the file takes by itself. */
  readonly credential: string | null;
  readonly origin: SourceSpan;
}

/** The repository that a grant is for. */
export interface GrantedRepository {
  /** Absolute path, without symbolic links. */
  readonly path: string;
  /** What tells this clone from another one that lies at the same path later. */
  readonly clone: string;
}

/** A yes of the user's, kept in the user's own settings. */
export interface Grant {
  /** `GrantedRepository.path`. */
  readonly repository: string;
  readonly clone: string;
  readonly subject: string;
  readonly name: string;
  readonly source: string;
  readonly hosts: readonly string[];
  /** Which of the user's accounts the repository is given; null = the one without a name. */
  readonly profile: string | null;
}

/** What the model does not say and a grant depends on. */
export interface GrantFacts {
  /** Digest of the certificates that `egress.trust` names, which say whom the gateway believes; null = it names none. */
  readonly trust: string | null;
}

/** Everything that a file asks of the user's own values, sorted by subject and name. */
export function grantRequests(model: Model, facts: GrantFacts = { trust: null }): readonly GrantRequest[] {
  const beyond = facts.trust === null ? [] : [`whoever ${model.egress.trust ?? ""} (${facts.trust}) vouches for`];
  const named = (hosts: readonly string[]): readonly string[] => (hosts.length === 0 ? [] : [...hosts, ...beyond]);
  const requests = (subject: string, environment: readonly EnvironmentEntry[]): readonly GrantRequest[] =>
    environment.flatMap(({ name, value, origin }) => {
      const asked = (source: string, credential: string | null): GrantRequest => ({
        subject,
        name,
        source,
        hosts: named(whereItCouldGo(model, subject)),
        credential,
        origin,
      });
      if (value.kind === "host") return [asked(`env:${value.variable}`, null)];
      const credential = value.kind === "credential" ? find(model, value.credential) : undefined;
      return credential === undefined ? [] : [asked(grantSource(credential.name, credential.from), credential.name)];
    });
  return [
    ...model.agents.flatMap((each) => requests(`agents.${each.name}`, each.environment)),
    ...model.services.flatMap((each) => requests(`services.${each.name}`, each.environment)),
    ...model.credentials.flatMap((each) => injection(model, each, named)),
  ].toSorted((a, b) => (`${a.subject} ${a.name}` < `${b.subject} ${b.name}` ? -1 : 1));
}

/** Whether one of the grants covers a request: same repository, subject, name and source, and no host more. */
export function isGranted(request: GrantRequest, repository: GrantedRepository, grants: readonly Grant[]): boolean {
  return grantOfRequest(request, repository, grants) !== null;
}

/** The grant that covers a request; null = none does. */
export function grantOfRequest(
  request: GrantRequest,
  repository: GrantedRepository,
  grants: readonly Grant[],
): Grant | null {
  const found = grants.find(
    (grant) =>
      isOf(grant, repository) &&
      grant.subject === request.subject &&
      grant.name === request.name &&
      grant.source === request.source &&
      request.hosts.every((host) => grant.hosts.includes(host)),
  );
  return found ?? null;
}

/** Whether a grant was given to this very clone. */
export function isOf(grant: Grant, repository: GrantedRepository): boolean {
  return grant.repository === repository.path && grant.clone === repository.clone;
}

/** The grant that says yes to a request. */
export function grantFor(request: GrantRequest, repository: GrantedRepository, profile: string | null = null): Grant {
  const { subject, name, source, hosts } = request;
  return { repository: repository.path, clone: repository.clone, subject, name, source, hosts, profile };
}

/** One sentence on what is asked. */
export function requestText(request: GrantRequest): string {
  if (isInjection(request))
    return `the gateway wants your ${request.source} as ${request.name}, for requests to ${request.hosts.join(", ")}`;
  const where = request.hosts.length === 0 ? "which reaches no host" : `which may reach ${request.hosts.join(", ")}`;
  return `${request.subject} wants your ${request.source} as ${request.name}, ${where}`;
}

/** Whether no sandbox gets the value: the gateway puts it into requests. */
export function isInjection(request: Pick<GrantRequest, "subject" | "name">): boolean {
  return request.subject === `credentials.${request.name}`;
}

/** A credential's source as grants name it: an entry of the vault by its name. */
function grantSource(name: string, from: CredentialSource): string {
  switch (from.kind) {
    case "vault":
      return `vault:${name}`;
    case "env":
      return `env:${from.variable}`;
    case "azure-kv":
      return `azure-kv://${from.reference}`;
  }
}

// A rule that nobody has leads nowhere; one that somebody has may be used by all that he runs.
function injection(
  model: Model,
  credential: Credential,
  named: (hosts: readonly string[]) => readonly string[],
): readonly GrantRequest[] {
  const inUse = new Set(
    [...model.agents, ...model.services].flatMap(({ egress }) => (egress.kind === "rules" ? egress.rules : [])),
  );
  const rules = model.egress.rules.filter((rule) => rule.credential === credential.name && inUse.has(rule.name));
  if (rules.length === 0) return [];
  const reached = rules.flatMap((rule) => rule.ports.map((port) => `${hostPatternText(rule.host)}:${port}`));
  const resolvers = model.egress.resolvers.map((each) => `names by ${each}`);
  return [
    {
      subject: `credentials.${credential.name}`,
      name: credential.name,
      source: grantSource(credential.name, credential.from),
      hosts: named([...new Set([...reached, ...resolvers])].toSorted()),
      credential: credential.name,
      origin: credential.origin,
    },
  ];
}

function find(model: Model, name: string): Credential | undefined {
  return model.credentials.find((each) => each.name === name);
}
