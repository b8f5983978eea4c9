import { stringify } from "yaml";

/** A coop.yaml of so many agents, each with what a real one says of itself. */
export function agentsForCoop(project: string, count: number): string {
  return stringify({
    version: "coop/v1",
    project,
    egress: {
      rules: [
        { name: "model", host: "api.example.com", ports: [443] },
        { name: "forge", host: "git.example.com", ports: [443] },
      ],
    },
    agents: byName(count, (name, index) => ({
      run: ["agent", "--task", String(index)],
      egress: ["model", "forge"],
      environment: { NODE_ENV: "test", TASK: name, LEVEL: "info" },
      resources: { cpus: 1, memory: "512MiB", pids: 256 },
      workspace: { mode: "clone" },
    })),
  });
}

/** As many services that say as much: a field for a field, no hardening that coop.yaml need not spell out. */
export function agentsForCompose(image: string, count: number): string {
  return stringify({
    networks: { model: {}, forge: {} },
    volumes: { workspace: {} },
    services: byName(count, (name, index) => ({
      image,
      command: ["agent", "--task", String(index)],
      networks: ["model", "forge"],
      environment: { NODE_ENV: "test", TASK: name, LEVEL: "info" },
      cpus: 1,
      mem_limit: "512m",
      pids_limit: 256,
      volumes: ["workspace:/workspace"],
    })),
  });
}

function byName<T>(count: number, of: (name: string, index: number) => T): Readonly<Record<string, T>> {
  return Object.fromEntries(
    Array.from({ length: count }, (_, index) => [`agent-${index}`, of(`agent-${index}`, index)]),
  );
}
