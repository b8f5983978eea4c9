import type { CoopFile } from "../../../schema/coop-file.gen.ts";
import type { Model, Target } from "../../model/model.ts";
import type { Places } from "../places.ts";
import { proposedName } from "../proposed-name.ts";
import { normalizeAgent } from "./agent.ts";
import { normalizeCredential } from "./credential.ts";
import { normalizeEgress } from "./egress.ts";
import { normalizeFleet } from "./fleet.ts";
import { byText } from "./layers.ts";
import { normalizePatterns } from "./patterns.ts";
import { normalizeService } from "./service.ts";

/** Says what a file means: every default filled in, everything in its one spelling and order. Only for files without errors. */
export function normalize(file: CoopFile, places: Places, folderName: string): Model {
  const targets = targetsOf(file, places);
  const ignore = file.ignore ?? {};
  return {
    project: file.project ?? proposedName(folderName) ?? "",
    origin: file.project === undefined ? places.start() : places.key(file, "project"),
    agents: named(file.agents, (entry, name, owner) =>
      normalizeAgent({ name, entry, owner, defaults: file.defaults ?? null, places }),
    ),
    services: named(file.services, (entry, name, owner) => normalizeService({ name, entry, owner, places })),
    egress: normalizeEgress(file.egress ?? {}, places),
    ignore: {
      builtin: ignore.builtin ?? true,
      patterns: normalizePatterns(ignore.patterns, places),
      allow: normalizePatterns(ignore.allow, places),
    },
    credentials: named(file.credentials, (entry, name, owner) => normalizeCredential({ name, entry, owner, places })),
    fleets: named(file.fleets, (entry, name, owner) => normalizeFleet({ name, entry, owner, places })),
    targets,
    defaultTarget: defaultTargetOf(file, targets),
    gate: file.gate === undefined ? null : { command: file.gate, origin: places.value(file, "gate") },
  };
}

function named<Entry, Result>(
  entries: Readonly<Record<string, Entry>> | undefined,
  one: (entry: Entry, name: string, owner: object) => Result,
): readonly Result[] {
  if (entries === undefined) return [];
  return Object.entries(entries)
    .toSorted(([a], [b]) => byText(a, b))
    .map(([name, entry]) => one(entry, name, entries));
}

function targetsOf(file: CoopFile, places: Places): readonly Target[] {
  const written = named(file.targets, (entry, name, owner): Target => ({
    name,
    origin: places.key(owner, name),
    backend: entry.backend,
    written: true,
    context: entry.context ?? null,
    namespace: entry.namespace ?? null,
    storageClass: entry.storageClass ?? null,
  }));
  if (written.length > 0) return written;
  return [
    {
      name: "local",
      origin: places.start(),
      backend: "docker",
      written: false,
      context: null,
      namespace: null,
      storageClass: null,
    },
  ];
}

function defaultTargetOf(file: CoopFile, targets: readonly Target[]): string {
  if (file.defaultTarget !== undefined) return file.defaultTarget;
  return targets.length === 1 ? (targets[0]?.name ?? "local") : "local";
}
