import type { AgentEntry } from "../../../schema/coop-file.gen.ts";
import type { SourceSpan } from "../../diagnostics/source-span.ts";
import type { Agent, HostPort, PublishedPort, Workspace } from "../../model/model.ts";
import type { Places } from "../places.ts";
import { normalizeChoice } from "./choice.ts";
import { normalizeEnvironment } from "./environment.ts";
import { normalizeImage } from "./image.ts";
import { originOf, pick, sortedSet } from "./layers.ts";
import { normalizePatterns } from "./patterns.ts";
import { normalizeResources } from "./resources.ts";
import { normalizeRun } from "./run.ts";
import { normalizeUnsafe } from "./unsafe.ts";
import { normalizeMounts } from "./mounts.ts";

/** An agent as it is written, and what it stands on. */
export interface WrittenAgent {
  readonly name: string;
  readonly entry: AgentEntry;
  /** The mapping that holds it. */
  readonly owner: object;
  readonly defaults: AgentEntry | null;
  readonly places: Places;
}

export function normalizeAgent({ name, entry, owner, defaults, places }: WrittenAgent): Agent {
  const origin = places.key(owner, name);
  const layers = defaults === null ? [entry] : [entry, defaults];
  return {
    name,
    origin,
    run: normalizeRun(entry, layers, places, origin),
    image: normalizeImage(layers, places, origin),
    workspace: normalizeWorkspace(layers, places, origin),
    egress: normalizeChoice(layers, places, origin),
    credentials: sortedSet(pick(layers, "credentials")?.value ?? []),
    services: sortedSet(pick(layers, "services")?.value ?? []),
    environment: normalizeEnvironment(layers, places),
    ports: portsOf(pick(layers, "ports")?.value, places),
    hostPorts: portsOf(pick(layers, "hostPorts")?.value, places),
    resources: normalizeResources(layers, places, origin),
    restart: pick(layers, "restart")?.value ?? "on-failure",
    isolation: pick(layers, "isolation")?.value ?? "container",
    ignore: normalizePatterns(pick(layers, "ignore")?.value, places),
    volumes: normalizeMounts(pick(layers, "volumes")?.value, places),
    unsafe: normalizeUnsafe(layers, places),
  };
}

function normalizeWorkspace(layers: readonly AgentEntry[], places: Places, origin: SourceSpan): Workspace {
  const written = layers.flatMap((layer) => {
    if (layer.workspace === undefined) return [];
    return typeof layer.workspace === "string" ? [{ mode: layer.workspace }] : [layer.workspace];
  });
  return {
    mode: pick(written, "mode")?.value ?? "clone",
    ref: pick(written, "ref")?.value ?? "HEAD",
    path: (pick(written, "path")?.value ?? "same").replace(/(?<=.)\/+$/u, ""),
    readOnly: pick(written, "readOnly")?.value ?? false,
    origin: originOf(layers, "workspace", places, origin),
  };
}

function portsOf(written: readonly number[] | undefined, places: Places): readonly (PublishedPort & HostPort)[] {
  if (written === undefined) return [];
  const ports = written.map((port, index) => ({ port, origin: places.value(written, index) }));
  return ports.filter((each, index) => written.indexOf(each.port) === index).toSorted((a, b) => a.port - b.port);
}
