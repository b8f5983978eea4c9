import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import type Dockerode from "dockerode";
import { LABEL } from "../../backend/labels.ts";
import type { WatchHint } from "../../backend/backend.ts";
import type { Scope } from "../../graph/resource.ts";
import { engineCall } from "./engine-errors.ts";

/** One event as the engine writes it. */
export interface EngineEvent {
  readonly Type?: string;
  readonly Action?: string;
  readonly Actor?: { readonly ID?: string; readonly Attributes?: Readonly<Record<string, string>> };
}

/** The engine's events about a project's objects, as hints to look again. Ends when the stream breaks or at the signal. */
export async function* watchDocker(docker: Dockerode, scope: Scope, signal: AbortSignal): AsyncIterable<WatchHint> {
  // Not by label: what joins one of ours to a network is an event of that network's, which carries no label of ours.
  const filters = { type: ["container" as const, "network" as const, "volume" as const] };
  const stream = await engineCall("watch its events", () => docker.getEvents({ filters, abortSignal: signal }));
  const ours = { label: [`${LABEL.project}=${scope.project}`] };
  const listed = await engineCall("list its containers", () => docker.listContainers({ all: true, filters: ours }));
  const isOurs = concerning(
    scope.project,
    listed.map((each) => each.Id),
  );
  yield { kind: "resubscribed", what: "the engine's events" };
  const lines = createInterface({ input: new Readable().wrap(stream) });
  for await (const line of lines) {
    if (signal.aborted) return;
    const event: EngineEvent = JSON.parse(line);
    if (!isOurs(event)) continue;
    const { Type: type = "object", Action: action = "", Actor: actor } = event;
    yield { kind: "object", what: `${type} ${actor?.Attributes?.["name"] ?? ""} ${action}`.trim() };
  }
}

/** Tells events about a project's objects from all others. `containers`: ids of its containers that are there already. */
export function concerning(project: string, containers: readonly string[]): (event: EngineEvent) => boolean {
  const ours = new Set(containers);
  const prefix = `coop.${project}.`;
  return ({ Type: type, Action: action = "", Actor: { ID: id = "", Attributes: attributes = {} } = {} }) => {
    const named = (attributes["name"] ?? "").startsWith(prefix);
    if (type === "container") {
      // Health checks, and what is asked of the gateway, are commands inside: they change nothing.
      if (/^(exec_|attach|resize|top|export|archive-path|extract-to-dir|copy)/.test(action)) return false;
      if (attributes[LABEL.project] === project) ours.add(id);
      return ours.has(id) || named;
    }
    if (type === "network") return named || ours.has(attributes["container"] ?? "");
    return named || id.startsWith(prefix);
  };
}
