import { setTimeout as sleep } from "node:timers/promises";
import type Dockerode from "dockerode";
import { stringify } from "yaml";
import type { Bench, Project } from "./harness/bench.ts";
import type { Benchmark } from "./harness/benchmark.ts";
import type { Ended } from "./harness/command.ts";
import { run } from "./harness/command.ts";
import type { Figure, Unit } from "./harness/figure.ts";

const ROUNDS = 4;
const PASSWORD = "bench";
const RESOURCES = { cpus: 2, memory: "512MiB", pids: 256 };

/** One way to the same database: a command runs where an agent would run it. */
interface Way {
  readonly inside: (service: "cache" | "db", command: string) => Promise<string>;
}

interface Load {
  readonly what: string;
  readonly service: "cache" | "db";
  readonly command: string;
  readonly unit: Unit;
  readonly read: (output: string) => number;
}

const REDIS = "redis-benchmark -h cache -q --csv";
// The second column of the last line is requests a second.
const redisRate = (output: string): number => Number(/^"[^"]+","([\d.]+)"/m.exec(lastLine(output))?.[1] ?? Number.NaN);
const PGBENCH = `PGPASSWORD=${PASSWORD} pgbench -h db -U postgres -n -T 4 postgres`;
const transactions = (output: string): number => Number(/^tps = ([\d.]+)/m.exec(output)?.[1] ?? Number.NaN);

const LOADS: readonly Load[] = [
  {
    what: "redis, one client at a time",
    service: "cache",
    command: `${REDIS} -t get -c 1 -n 5000`,
    unit: "/s",
    read: redisRate,
  },
  {
    what: "redis, 50 clients",
    service: "cache",
    command: `${REDIS} -t get -c 50 -n 40000`,
    unit: "/s",
    read: redisRate,
  },
  {
    what: "redis, values of 256 KiB",
    service: "cache",
    command: `redis-cli -h cache config set save '' >/dev/null; ${REDIS} -t set -d 262144 -c 4 -n 800 >/dev/null; ${REDIS} -t get -d 262144 -c 4 -n 2000`,
    unit: "MiB/s",
    read: (output) => redisRate(output) / 4,
  },
  {
    what: "postgres, select, one client",
    service: "db",
    command: `${PGBENCH} -S -c 1`,
    unit: "/s",
    read: transactions,
  },
  { what: "postgres, select, 8 clients", service: "db", command: `${PGBENCH} -S -c 8`, unit: "/s", read: transactions },
  {
    what: "postgres, read and write, 8 clients",
    service: "db",
    command: `${PGBENCH} -c 8`,
    unit: "/s",
    read: transactions,
  },
  {
    what: "postgres, a connection for each select",
    service: "db",
    command: `${PGBENCH} -S -C -c 1`,
    unit: "/s",
    read: transactions,
  },
];

/** What the copies through forwarder, gateway and forwarder cost a database (isolation.md §1). */
export const database: Benchmark = {
  name: "database",
  about: "Redis and Postgres by way of forwarder, gateway and forwarder, against two containers on one Docker bridge",
  run: async (bench) => {
    const ours = await throughCoop(bench);
    const direct = await onBridge(bench);
    for (const way of [ours, direct])
      await way.inside("db", `PGPASSWORD=${PASSWORD} pgbench -h db -U postgres -i -q -s 5 postgres`);
    const figures: Figure[] = [];
    for (const load of LOADS) {
      const values: [number[], number[]] = [[], []];
      for (let round = 0; round < ROUNDS; round += 1) {
        values[0].push(load.read(await ours.inside(load.service, load.command)));
        values[1].push(load.read(await direct.inside(load.service, load.command)));
      }
      bench.say(
        `${load.what}: ${values[0].map(Math.round).join(" ")} against ${values[1].map(Math.round).join(" ")} ${load.unit}`,
      );
      figures.push({
        what: load.what,
        unit: load.unit,
        ours: values[0],
        peer: { name: "bridge", values: values[1] },
        target: null,
        note: "",
      });
    }
    return figures;
  },
};

async function throughCoop(bench: Bench): Promise<Way> {
  const project = bench.project("database");
  const agent = (image: string, service: string): unknown => ({
    run: ["sleep", "infinity"],
    image: { ref: image },
    services: [service],
    egress: [],
  });
  project.write(
    "coop.yaml",
    stringify({
      version: "coop/v1",
      project: project.name,
      defaults: { workspace: { mode: "none" }, resources: RESOURCES },
      agents: { "for-cache": agent(bench.images.redis, "cache"), "for-db": agent(bench.images.postgres, "db") },
      services: {
        cache: { image: bench.images.redis, resources: RESOURCES },
        db: {
          image: bench.images.postgres,
          resources: RESOURCES,
          environment: { POSTGRES_PASSWORD: PASSWORD },
          volumes: ["data:/var/lib/postgresql/data"],
        },
      },
    }),
  );
  await bench.must(project.coop("apply", "--yes"));
  const { docker } = bench;
  return {
    inside: (service, command) =>
      inside(bench, docker.getContainer(`coop.${project.name}.sandbox.for-${service}.0`), command),
  };
}

async function onBridge(bench: Bench): Promise<Way> {
  const project = bench.project("database-direct");
  const network = await bench.docker.createNetwork({ Name: project.name, Labels: labelsOf(project) });
  const start = async (
    name: string,
    image: string,
    command: readonly string[] | null,
  ): Promise<Dockerode.Container> => {
    const container = await bench.docker.createContainer({
      name: `${project.name}-${name}`,
      Image: image,
      ...(command === null ? {} : { Entrypoint: [...command] }),
      Env: [`POSTGRES_PASSWORD=${PASSWORD}`],
      Labels: labelsOf(project),
      HostConfig: { NetworkMode: network.id, NanoCpus: RESOURCES.cpus * 1e9, Memory: 512 * 1024 * 1024, Init: true },
      NetworkingConfig: { EndpointsConfig: { [network.id]: { Aliases: [name] } } },
    });
    await container.start();
    return container;
  };
  await start("cache", bench.images.redis, null);
  await start("db", bench.images.postgres, null);
  const clients = {
    cache: await start("for-cache", bench.images.redis, ["sleep", "infinity"]),
    db: await start("for-db", bench.images.postgres, ["sleep", "infinity"]),
  };
  await untilAnswers(bench, clients.db, `PGPASSWORD=${PASSWORD} psql -h db -U postgres -c 'select 1'`);
  return { inside: (service, command) => inside(bench, clients[service], command) };
}

// The server answers first while it sets itself up, and then once more for good.
async function untilAnswers(bench: Bench, client: Dockerode.Container, command: string): Promise<void> {
  for (let inARow = 0, tries = 0; inARow < 3; tries += 1) {
    inARow = (await execute(bench, client, command)).code === 0 ? inARow + 1 : 0;
    if (tries > 120) throw new Error("the database on the bridge did not come up");
    await sleep(500);
  }
}

async function inside(bench: Bench, container: Dockerode.Container, command: string): Promise<string> {
  const ended = await execute(bench, container, command);
  if (ended.code !== 0)
    throw new Error(`${command} ended with ${ended.code}: ${ended.errors}${ended.output.slice(-400)}`);
  return ended.output;
}

// By the docker client for both ways, so that the way in is no part of the difference.
async function execute(bench: Bench, container: Dockerode.Container, command: string): Promise<Ended> {
  return run(bench.line("docker", ["exec", container.id, "sh", "-c", command]));
}

function labelsOf(project: Project): Readonly<Record<string, string>> {
  return { "coop.bench/project": project.name };
}

function lastLine(text: string): string {
  return text.trim().split("\n").at(-1) ?? "";
}
