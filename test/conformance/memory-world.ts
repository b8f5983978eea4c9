import { MemoryBackend } from "../../src/backends/memory/memory-backend.ts";
import { MemoryWorld, refused } from "../../src/backends/memory/memory-world.ts";
import type { MemoryContainer } from "../../src/backends/memory/memory-world.ts";
import { NO_SUCH_PROGRAM, NO_SUCH_USER } from "./suite-files.ts";
import { pipelineFor } from "./pipeline.ts";
import type { Standing, TestWorld } from "./test-world.ts";

/** A project in memory, with the engine behind it for tests that make its calls fail. */
export function aMemoryWorld(project = "demo"): TestWorld & { readonly engine: MemoryWorld } {
  const engine = new MemoryWorld();
  engine.missingPrograms.add(NO_SUCH_PROGRAM);
  engine.missingUsers.add(NO_SUCH_USER);
  const pipeline = pipelineFor(async () => new MemoryBackend(engine));
  const look = async (): Promise<readonly Standing[]> =>
    [...engine.containers.values()].map(standing).toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const must = (name: string): MemoryContainer => {
    const found = engine.named(name);
    if (found === undefined) throw refused(`find "${name}"`);
    return found;
  };
  return {
    ...pipeline,
    engine,
    project,
    baseImage: "registry.test/base:1",
    look,
    volumes: async () =>
      [...engine.volumes.values()]
        .filter((each) => each.labels["coop.dev/project"] === project)
        .map((each) => each.name)
        .toSorted(),
    watch: (seen) => {
      const sample = (): void => seen([...engine.containers.values()].map(standing));
      engine.events.on("change", sample);
      return async () => void engine.events.off("change", sample);
    },
    hand: {
      stop: async (name) => engine.alter(name, () => ({ phase: { kind: "exited", code: 143, outOfMemory: false } })),
      kill: async (name) => engine.alter(name, () => ({ phase: { kind: "exited", code: 137, outOfMemory: false } })),
      pause: async (name) => engine.alter(name, () => ({ phase: { kind: "paused" } })),
      remove: async (name) => void engine.containers.delete(must(name).handle),
      rename: async (name, to) => engine.alter(name, () => ({ name: to })),
      squat: async (name) => {
        const body = { ...aForeignBody(), User: "root" };
        engine.add({
          name,
          labels: {},
          image: "sha256:foreign",
          networks: ["bridge"],
          kernelPathsMasked: true,
          body,
          joins: null,
          phase: { kind: "running", ready: true },
        });
      },
      copy: async (name, as) => void engine.add({ ...must(name), name: as }),
      squatVolume: async (name) =>
        void engine.volumes.set(name, { handle: engine.handle(), name, labels: {}, live: { name } }),
      squatNetwork: async (name) =>
        void engine.networks.set(name, { handle: engine.handle(), name, labels: {}, live: { name } }),
    },
    close: async () => undefined,
  };
}

function standing(each: MemoryContainer): Standing {
  return {
    id: each.labels["coop.dev/id"] ?? "",
    name: each.name,
    handle: each.handle,
    running: each.phase.kind === "running",
    created: each.created,
    started: each.started ?? 0,
  };
}

// Only what the observation reads of a container that is not ours.
function aForeignBody(): MemoryContainer["body"] {
  const HostConfig = { CapDrop: [], Privileged: false, Mounts: [], NetworkMode: "bridge" };
  return {
    User: "",
    WorkingDir: "",
    Entrypoint: ["sleep"],
    Cmd: ["infinity"],
    Env: [],
    Healthcheck: null,
    StopTimeout: 10,
    HostConfig,
  } as unknown as MemoryContainer["body"];
}
