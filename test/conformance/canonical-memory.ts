import type { MemoryContainer, MemoryWorld } from "../../src/backends/memory/memory-world.ts";

/** All of a project that must be the same whichever way it came about. Names of the engine's own making are not. */
export function canonical(engine: MemoryWorld): unknown {
  const byName = <T extends { readonly name: string }>(all: Iterable<T>): readonly T[] =>
    [...all].toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const bare = ({ handle, created: _, started: __, joins: ___, ...rest }: MemoryContainer): unknown =>
    joinsItsTenant(engine, handle) ? { ...rest, networks: ["none"], body: inItsOwn(rest.body) } : rest;
  return {
    containers: byName(engine.containers.values()).map(bare),
    networks: byName(engine.networks.values()).map(({ handle: _, ...rest }) => rest),
    volumes: byName(engine.volumes.values()).map(({ handle: _, ...rest }) => rest),
    rules: [...engine.rules],
  };
}

// A forwarder that joined what runs is as good as one that what runs has joined.
function joinsItsTenant(engine: MemoryWorld, handle: string): boolean {
  const id = engine.containers.get(handle)?.labels["coop.dev/id"] ?? "";
  const tenant = engine.containers.get(engine.containers.get(handle)?.joins ?? "");
  return id.startsWith("container:forwarder.") && tenant?.labels["coop.dev/id"] === id.replace("forwarder.", "");
}

function inItsOwn({ HostConfig, ...body }: MemoryContainer["body"]): MemoryContainer["body"] {
  const Sysctls = { "net.ipv4.ip_unprivileged_port_start": "0" };
  return { ...body, HostConfig: { ...HostConfig, NetworkMode: "none", Dns: ["127.0.0.1"], Sysctls } };
}
