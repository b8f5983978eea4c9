import { request } from "node:http";
import { json } from "node:stream/consumers";
import type { EngineCall, Names } from "./engine-call.ts";

/** Names by the ids that the engine gave, learned from its answers or asked for. */
export interface KnownNames extends Names {
  /** Takes note of what an answer to a create call tells. */
  readonly learn: (call: EngineCall, status: number, bytes: Buffer) => void;
}

/** Names of one engine; asks it about those that nobody made through this proxy. */
export function engineNames(engine: string, prefix: string): KnownNames {
  const known = new Map<string, string>();
  const ask = async (kind: string, id: string): Promise<string> => {
    const path =
      kind === "exec" ? `/exec/${id}/json` : kind === "networks" ? `/networks/${id}` : `/containers/${id}/json`;
    const report = await get(engine, path);
    if (report === null) return "(gone)";
    if (kind === "exec") return of("containers", report.ContainerID ?? "");
    return (report.Name ?? "").replace(/^\//, "");
  };
  const of = async (kind: string, id: string): Promise<string> => {
    const found = known.get(`${kind}/${id}`);
    if (found !== undefined) return found;
    if (!/^[0-9a-f]{64}$/.test(id)) return id;
    const name = await ask(kind, id);
    known.set(`${kind}/${id}`, name);
    return name;
  };
  return {
    of,
    prefix,
    learn: ({ name }, status, bytes) => {
      const made = /^POST (containers|networks)\/create (.*)$/.exec(name);
      const begun = /^POST containers\/([^/]+)\/exec$/.exec(name);
      if (status !== 201 || (made === null && begun === null)) return;
      const { Id }: { readonly Id?: string } = JSON.parse(bytes.toString("utf8"));
      known.set(`${made?.[1] ?? "exec"}/${Id ?? ""}`, made?.[2] ?? begun?.[1] ?? "");
    },
  };
}

interface Report {
  readonly Name?: string;
  readonly ContainerID?: string;
}

function get(engine: string, path: string): Promise<Report | null> {
  return new Promise((resolve) => {
    request({ socketPath: engine, path, agent: false }, (answer) => {
      if (answer.statusCode !== 200) {
        answer.resume();
        resolve(null);
      } else
        json(answer).then(
          (value) => resolve(value as Report),
          () => resolve(null),
        ); // the engine's own report
    })
      .on("error", () => resolve(null))
      .end();
  });
}
