import { createServer } from "node:net";
import type { Inputs } from "../model/inputs.ts";
import type { Model } from "../model/model.ts";

/** A port that a sandbox publishes: `owner.replica:port`, and the number inside. */
export interface WantedPort {
  readonly key: string;
  readonly port: number;
}

/** Every port that the file's sandboxes publish, sorted by key. */
export function wantedPorts(model: Model, tasks: Inputs["tasks"]): readonly WantedPort[] {
  return model.agents
    .flatMap((agent) => {
      const fleets = model.fleets.filter((fleet) => fleet.agent === agent.name);
      const owners =
        fleets.length === 0
          ? [`${agent.name}.0`]
          : fleets.flatMap((fleet) =>
              fleet.work.kind === "replicas"
                ? Array.from({ length: fleet.work.replicas }, (_, index) => `${fleet.name}.${index}`)
                : (tasks[fleet.name] ?? []).map((task) => `${fleet.name}.${task.slug}`),
            );
      return owners.flatMap((owner) => agent.ports.map(({ port }) => ({ key: `${owner}:${port}`, port })));
    })
    .toSorted((a, b) => (a.key < b.key ? -1 : 1));
}

/**
 * Keeps what is held; otherwise the same number as inside where the host's loopback has it free, else the next free one
 * above it. Equal worlds give equal numbers, so that a saved plan stays good.
 */
export async function allocatePorts(
  wanted: readonly WantedPort[],
  held: Readonly<Record<string, number>>,
): Promise<Readonly<Record<string, number>>> {
  const allocated: Record<string, number> = {};
  const taken = new Set(Object.values(held));
  const asked = new Set(wanted.map(({ port }) => port));
  for (const { key, port } of wanted) {
    const number = held[key] ?? (!taken.has(port) && (await isFree(port)) ? port : await nextFree(port, taken, asked));
    taken.add(number);
    allocated[key] = number;
  }
  return allocated;
}

// Passes over numbers that sandboxes themselves listen on: inside, one number leads to one server.
async function nextFree(from: number, taken: ReadonlySet<number>, asked: ReadonlySet<number>): Promise<number> {
  for (let number = from + 1; number <= LAST_PORT; number += 1)
    if (!taken.has(number) && !asked.has(number) && (await isFree(number))) return number;
  for (;;) {
    const number = await anyFree();
    if (!taken.has(number) && !asked.has(number)) return number;
  }
}

const LAST_PORT = 65_535;

async function isFree(port: number): Promise<boolean> {
  return (await listenOn(port)) !== null;
}

async function anyFree(): Promise<number> {
  const port = await listenOn(0);
  if (port === null) throw new Error("the host has no free port");
  return port;
}

function listenOn(port: number): Promise<number | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(null));
    server.listen(port, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : null));
    });
  });
}
