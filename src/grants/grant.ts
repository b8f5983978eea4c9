import type { SourceSpan } from "../diagnostics/source-span.ts";
import type { EnvironmentEntry, Model } from "../model/model.ts";
import { whereItCouldGo } from "./where-it-could-go.ts";

/** What a repository's file asks for: a value of the user's own, for somebody who may send it somewhere. */
export interface GrantRequest {
  /** `agents.coder` or `services.db`. */
  readonly subject: string;
  /** The variable inside the sandbox. */
  readonly name: string;
  /** Where the value comes from: `env:GITHUB_TOKEN`. */
  readonly source: string;
  /** Where it could end up from there, sorted: part of what is granted, so that a wider reach asks again. */
  readonly hosts: readonly string[];
  readonly origin: SourceSpan;
}

/** A yes of the user's, kept in the user's own settings. */
export interface Grant {
  /** Absolute path of the repository, without symbolic links. */
  readonly repository: string;
  readonly subject: string;
  readonly name: string;
  readonly source: string;
  readonly hosts: readonly string[];
}

/** Everything that a file asks of the user's own values, sorted by subject and name. */
export function grantRequests(model: Model): readonly GrantRequest[] {
  const requests = (subject: string, environment: readonly EnvironmentEntry[]): readonly GrantRequest[] =>
    environment.flatMap(({ name, value, origin }) =>
      value.kind === "host"
        ? [{ subject, name, source: `env:${value.variable}`, hosts: whereItCouldGo(model, subject), origin }]
        : [],
    );
  return [
    ...model.agents.flatMap((each) => requests(`agents.${each.name}`, each.environment)),
    ...model.services.flatMap((each) => requests(`services.${each.name}`, each.environment)),
  ].toSorted((a, b) => (`${a.subject} ${a.name}` < `${b.subject} ${b.name}` ? -1 : 1));
}

/** Whether one of the grants covers a request: same repository, subject, name and source, and no host more. */
export function isGranted(request: GrantRequest, repository: string, grants: readonly Grant[]): boolean {
  return grants.some(
    (grant) =>
      grant.repository === repository &&
      grant.subject === request.subject &&
      grant.name === request.name &&
      grant.source === request.source &&
      request.hosts.every((host) => grant.hosts.includes(host)),
  );
}

/** The grant that says yes to a request. */
export function grantFor(request: GrantRequest, repository: string): Grant {
  const { subject, name, source, hosts } = request;
  return { repository, subject, name, source, hosts };
}

/** One sentence on what is asked. */
export function requestText(request: GrantRequest): string {
  const where = request.hosts.length === 0 ? "which reaches no host" : `which may reach ${request.hosts.join(", ")}`;
  return `${request.subject} wants your ${request.source} as ${request.name}, ${where}`;
}
