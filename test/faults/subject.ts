import { images } from "../e2e/support/containers.ts";
import type { FileValue } from "../e2e/support/project.ts";

/** What a file of the subject's may differ in, so that one apply leads from any to any other. */
export interface Variant {
  readonly name: string;
  /** The host that the rule `site` allows. */
  readonly host: string;
  /** A variable of the agents that are edited. */
  readonly mode: string;
  /** A variable of the fleet's members. */
  readonly fleetMode: string;
  /** Megabytes of the agents: an edit of limits replaces them all. */
  readonly memory: number;
  /** Whether an agent more is declared, and one fewer. */
  readonly swapped: boolean;
}

/** What a subject is told of the machine that it is tried on. */
export interface Around {
  /** What runs in every agent: tries all forbidden doors for as long as it lives. A line for bash. */
  readonly probing: string;
  /** A port of the host that nobody else takes. */
  readonly port: number;
}

const BASE = { host: "one.example.com", mode: "one", fleetMode: "one", memory: 256, swapped: false };

export const VARIANTS = {
  start: { ...BASE, name: "start" },
  /** Rules, a variable, an agent more, an agent fewer. */
  changed: { ...BASE, name: "changed", host: "two.example.com", mode: "two", swapped: true },
  /** Everything of the agents is made anew. */
  replaced: { ...BASE, name: "replaced", memory: 288 },
  /** The fleet rolls, one member at a time. */
  rolled: { ...BASE, name: "rolled", fleetMode: "two" },
} as const satisfies Record<string, Variant>;

/** The project of the crash points: three agents with egress, two services, a published port and a fleet of three. */
export function subjectFile({ host, mode, fleetMode, memory, swapped }: Variant, { probing, port }: Around): FileValue {
  const run = ["bash", "-c", probing];
  const common = { run, workspace: "none", resources: { cpus: 0.5, memory: `${memory}MiB`, pids: 64 } };
  const agents = {
    web: { ...common, workspace: { mode: "clone", path: "/work" }, egress: ["site"], services: ["db"], ports: [port] },
    api: { ...common, egress: ["site"], services: ["cache"], environment: { MODE: mode } },
    bot: { ...common, egress: ["site"], volumes: ["notes:/notes"] },
    ...(swapped ? { late: common } : { early: common }),
    worker: { ...common, environment: { MODE: fleetMode } },
  };
  return {
    agents,
    services: {
      db: {
        image: images().postgres,
        environment: { POSTGRES_PASSWORD: { generate: true } },
        volumes: ["data:/var/lib/postgresql/data"],
      },
      cache: { image: images().redis, environment: { REDIS_PASSWORD: { generate: true } } },
    },
    egress: { rules: [{ name: "site", host, ports: [80], protocol: "http" }] },
    fleets: { pool: { agent: "worker", replicas: 3, update: { strategy: "rolling", maxUnavailable: 1 } } },
  };
}
