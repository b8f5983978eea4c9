import type { CredentialEntry } from "../../../schema/coop-file.gen.ts";
import { parseAzureReference } from "../../model/azure-reference.ts";
import type { Credential, CredentialSource } from "../../model/model.ts";
import { canonicalName } from "../host-pattern.ts";
import type { Places } from "../places.ts";
import { sortedSet } from "./layers.ts";

/** A credential as it is written. */
export interface WrittenCredential {
  readonly name: string;
  readonly entry: CredentialEntry;
  /** The mapping that holds it. */
  readonly owner: object;
  readonly places: Places;
}

export function normalizeCredential({ name, entry, owner, places }: WrittenCredential): Credential {
  return {
    name,
    origin: places.key(owner, name),
    provider: entry.provider ?? null,
    header: entry.header ?? null,
    prefix: entry.prefix ?? "",
    query: entry.query ?? null,
    hosts: sortedSet((entry.hosts ?? []).map((host) => canonicalName(host) ?? host)),
    from: parseSource(entry.from ?? "vault") ?? { kind: "vault" },
  };
}

/** Where a credential's value comes from; null for a source that a repository's file cannot name. */
export function parseSource(written: string): CredentialSource | null {
  if (written === "vault") return { kind: "vault" };
  const variable = /^env:([A-Za-z_][A-Za-z0-9_]*)$/u.exec(written)?.[1];
  if (variable !== undefined) return { kind: "env", variable };
  const reference = /^azure-kv:\/\/(.*)$/u.exec(written)?.[1];
  return reference === undefined || parseAzureReference(reference) === null ? null : { kind: "azure-kv", reference };
}
