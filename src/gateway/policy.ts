import type { EgressRule } from "../model/model.ts";
import type { InjectionPlace, RefreshEncoding } from "../model/provider.ts";
import { type Digest, digestOf } from "../graph/digest.ts";

/** Everything that one project's gateway enforces. Written by apply as `policy.json`, read by parsePolicy. */
export interface Policy {
  readonly version: 1;
  readonly project: string;
  /** DNS servers as IP literals with an optional port; empty = the machine's own. */
  readonly resolvers: readonly string[];
  /** PEM of roots added to the public ones; null = none. */
  readonly trust: string | null;
  /** The host's own addresses (CIDRs): reachable only where a rule names exactly that address. */
  readonly hostAddresses: readonly string[];
  /** By the name that rules use. */
  readonly credentials: Readonly<Record<string, PolicyCredential>>;
  /** By subject (`agent/coder`, `service/db`) or, first, by full identity (`publisher/coder/0`). */
  readonly subjects: Readonly<Record<string, Subject>>;
}

/** What one kind of sandbox may reach. */
export interface Subject {
  /** Every public name, on every port. */
  readonly open: boolean;
  readonly rules: readonly PolicyRule[];
  readonly routes: readonly Route[];
}

/** How a credential of the rules is put into requests; its value is in the gateway's provisions. */
export interface PolicyCredential {
  readonly places: readonly InjectionPlace[];
  /** What stands for it inside sandboxes. */
  readonly placeholder: string;
  /** How an access token that can be renewed is asked for at its token endpoint. */
  readonly refreshEncoding: RefreshEncoding;
}

export type PolicyRule = Omit<EgressRule, "origin">;

/** A name and port that lead to a server of the project instead of the world. */
export interface Route {
  readonly name: string;
  readonly port: number;
  readonly to: Server;
}

/** A port that the forwarder of this identity parks connections for. */
export interface Server {
  readonly identity: string;
  readonly port: number;
}

/** Equal for equal policies, however their JSON is written. */
export function policyDigest(policy: Policy): Digest {
  return digestOf(policy);
}

/** The subject of an identity: an entry of its own, otherwise that of its agent or service (`agent/coder/0` → `agent/coder`). */
export function subjectOf(policy: Policy, identity: string): Subject | null {
  const own = Object.hasOwn(policy.subjects, identity) ? policy.subjects[identity] : undefined;
  if (own !== undefined) return own;
  const [kind, name, replica, ...more] = identity.split("/");
  if (kind === undefined || name === undefined || replica === undefined || more.length > 0) return null;
  const shared = `${kind}/${name}`;
  return (Object.hasOwn(policy.subjects, shared) ? policy.subjects[shared] : undefined) ?? null;
}

/** Whether this identity may reach the server by its identity and port, as publishers do. */
export function mayReach(policy: Policy, identity: string, server: Server): boolean {
  return subjectOf(policy, identity)?.routes.some((route) => sameServer(route.to, server)) ?? false;
}

function sameServer(a: Server, b: Server): boolean {
  return a.identity === b.identity && a.port === b.port;
}
