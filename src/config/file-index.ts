import type { AgentEntry, CoopFile, ServiceEntry } from "../../schema/coop-file.gen.ts";
import type { EgressRule } from "../model/model.ts";
import type { ProviderBook } from "../providers/provider-book.ts";
import { normalizeRule } from "./normalize/egress.ts";
import type { Places } from "./places.ts";
import { valueAt } from "./remove-faulty.ts";

/** What the rules look up, made once a file. */
export interface FileIndex {
  readonly places: Places;
  /** The file's folder, which names the project where the file does not. */
  readonly folderName: string;
  /** Every declared name, also of what was left out for a mistake of its own: it is not unknown. */
  readonly declared: DeclaredNames;
  /** `defaults` and every agent, each as written. */
  readonly agents: readonly Named<AgentEntry>[];
  readonly services: readonly Named<ServiceEntry>[];
  readonly providers: ProviderBook;
  /** Egress rules whose host makes sense, by what they were written as. */
  readonly rules: ReadonlyMap<object, EgressRule>;
}

export interface DeclaredNames extends Readonly<Record<ReferenceKind, ReadonlySet<string>>> {
  /** Whether the file names the project, well or badly. */
  readonly project: boolean;
}

/** What can be named from elsewhere in the file. */
export type ReferenceKind = "agents" | "services" | "credentials" | "fleets" | "targets" | "rules";

/** A part of the file with the mapping that holds it. */
export interface Named<Entry> {
  readonly name: string;
  readonly entry: Entry;
  readonly owner: object;
}

/** Names of the value before faulty parts were taken out. */
export function declaredNames(value: unknown): DeclaredNames {
  const rules = valueAt(value, ["egress", "rules"]);
  const ruleNames = (Array.isArray(rules) ? rules : []).map((rule: unknown) => valueAt(rule, ["name"]));
  return {
    agents: keysOf(valueAt(value, ["agents"])),
    services: keysOf(valueAt(value, ["services"])),
    credentials: keysOf(valueAt(value, ["credentials"])),
    fleets: keysOf(valueAt(value, ["fleets"])),
    targets: keysOf(valueAt(value, ["targets"])),
    project: valueAt(value, ["project"]) !== undefined,
    rules: new Set(ruleNames.filter((name) => typeof name === "string")),
  };
}

export function indexFile(
  file: CoopFile,
  declared: DeclaredNames,
  places: Places,
  { folderName, providers }: Pick<FileIndex, "folderName" | "providers">,
): FileIndex {
  const rules = new Map<object, EgressRule>();
  for (const written of file.egress?.rules ?? []) {
    const rule = normalizeRule(written, places);
    if (rule !== null) rules.set(written, rule);
  }
  const defaults = file.defaults === undefined ? [] : [{ name: "defaults", entry: file.defaults, owner: file }];
  return {
    places,
    folderName,
    providers,
    declared,
    agents: [...defaults, ...entriesOf(file.agents)],
    services: entriesOf(file.services),
    rules,
  };
}

function entriesOf<Entry>(owner: Readonly<Record<string, Entry>> | undefined): readonly Named<Entry>[] {
  return owner === undefined ? [] : Object.entries(owner).map(([name, entry]) => ({ name, entry, owner }));
}

function keysOf(value: unknown): ReadonlySet<string> {
  return new Set(typeof value === "object" && value !== null && !Array.isArray(value) ? Object.keys(value) : []);
}
