import type { EgressEntry, RuleEntry } from "../../../schema/coop-file.gen.ts";
import type { Egress, EgressRule } from "../../model/model.ts";
import { parseHost } from "../host-pattern.ts";
import type { Places } from "../places.ts";
import { repositoryPath } from "../repository-path.ts";
import { byText, sortedSet } from "./layers.ts";

export function normalizeEgress(written: EgressEntry, places: Places): Egress {
  return {
    resolvers: sortedSet(written.resolvers ?? []),
    trust: written.trust === undefined ? null : repositoryPath(written.trust),
    rules: (written.rules ?? [])
      .flatMap((rule) => normalizeRule(rule, places) ?? [])
      .toSorted((a, b) => byText(a.name, b.name)),
  };
}

/** A rule in its one form; null where its host is none. */
export function normalizeRule(written: RuleEntry, places: Places): EgressRule | null {
  const host = parseHost(written.host);
  if (!host.ok) return null;
  const ports = [...new Set(written.ports ?? [443])].toSorted((a, b) => a - b);
  return {
    name: written.name,
    origin: places.value(written, "name"),
    host: host.host,
    ports,
    protocol: written.protocol ?? (ports.every((port) => port === 80) ? "http" : "https"),
    tls: written.tls ?? (readsRequests(written) ? "intercept" : "tunnel"),
    methods: sortedSet(written.methods ?? []),
    paths: [...new Set(written.paths)],
    query: Object.entries(written.query ?? {})
      .map(([name, value]) => ({ name, value }))
      .toSorted((a, b) => byText(a.name, b.name)),
    credential: written.credential ?? null,
    addresses: sortedSet(written.addresses ?? []),
    override: written.override ?? "never",
  };
}

/** Whether a rule can only be judged, or served, by who reads the requests. */
export function readsRequests(written: RuleEntry): boolean {
  const protocol =
    written.protocol ??
    ((written.ports ?? []).length > 0 && written.ports?.every((port) => port === 80) ? "http" : "https");
  if (protocol !== "https") return false;
  return [written.methods, written.paths, written.query, written.credential].some((part) => part !== undefined);
}
