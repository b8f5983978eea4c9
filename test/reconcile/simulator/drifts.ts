import type { MemoryContainer, MemoryWorld } from "../../../src/backends/memory/memory-world.ts";
import type { Chance } from "./chance.ts";

/** What somebody with rights on the engine does to a container of the project. */
type Drift = (engine: MemoryWorld, one: MemoryContainer) => void;

const withHost = (fields: Readonly<Record<string, unknown>>): Drift => {
  return (engine, one) =>
    engine.alter(one.name, ({ body }) => ({ body: { ...body, HostConfig: { ...body.HostConfig, ...fields } } }));
};

const exited = (code: number, outOfMemory = false): Drift => {
  return (engine, one) => engine.alter(one.name, () => ({ phase: { kind: "exited", code, outOfMemory } }));
};

export const DRIFTS: Readonly<Record<string, Drift>> = {
  "kills it": exited(137),
  "runs it out of memory": exited(137, true),
  "stops it": exited(143),
  "pauses it": (engine, one) => engine.alter(one.name, () => ({ phase: { kind: "paused" } })),
  "renames it": (engine, one) => engine.alter(one.name, () => ({ name: `elsewhere-${one.handle}` })),
  "joins it to a network": (engine, one) =>
    engine.alter(one.name, ({ networks }) => ({
      networks: [...networks.filter((each) => each !== "bridge"), "bridge"],
    })),
  "puts another image under it": (engine, one) => engine.alter(one.name, () => ({ image: "sha256:other" })),
  "bares its kernel paths": (engine, one) => engine.alter(one.name, () => ({ kernelPathsMasked: false })),
  "removes it": (engine, one) => void engine.containers.delete(one.handle),
  "limits its memory": withHost({ Memory: 1 }),
  "makes its root writable": withHost({ ReadonlyRootfs: false }),
  "takes its seccomp profile": withHost({ SecurityOpt: [] }),
};

/** One such act on one container of ours, in words; null where there is none. */
export function drift(
  engine: MemoryWorld,
  chance: Chance,
  isOurs: (each: MemoryContainer) => boolean,
  copied: boolean,
): string | null {
  const ours = [...engine.containers.values()].filter(isOurs);
  if (ours.length === 0) return null;
  const one = chance.pick(ours);
  const [what, act] = chance.pick(Object.entries(DRIFTS).filter(([name]) => !copied || name !== "renames it"));
  act(engine, one);
  return `somebody ${what}: ${one.name}`;
}
