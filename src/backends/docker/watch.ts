import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import type Dockerode from "dockerode";
import { LABEL } from "../../backend/labels.ts";
import type { WatchHint } from "../../backend/backend.ts";
import type { Scope } from "../../graph/resource.ts";
import { engineCall } from "./engine-errors.ts";

/** The engine's events about a project's objects, as hints to look again. Ends when the stream breaks or at the signal. */
export async function* watchDocker(docker: Dockerode, scope: Scope, signal: AbortSignal): AsyncIterable<WatchHint> {
  const filters = { label: [`${LABEL.project}=${scope.project}`] };
  const stream = await engineCall("watch its events", () => docker.getEvents({ filters, abortSignal: signal }));
  yield { kind: "resubscribed", what: "events" };
  const lines = createInterface({ input: new Readable().wrap(stream) });
  for await (const line of lines) {
    if (signal.aborted) return;
    const event: {
      readonly Type?: string;
      readonly Action?: string;
      readonly Actor?: { readonly Attributes?: { readonly name?: string } };
    } = JSON.parse(line);
    yield {
      kind: "object",
      what: `${event.Type ?? "object"} ${event.Actor?.Attributes?.name ?? ""} ${event.Action ?? ""}`.trim(),
    };
  }
}
