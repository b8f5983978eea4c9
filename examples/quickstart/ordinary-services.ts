import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Commands } from "./commands.ts";
import { removeContainer, removeNetwork } from "./undo-list.ts";
import type { UndoList } from "./undo-list.ts";

/** Postgres and Redis as anybody starts them for tests, and a container to try things from: nothing of coop's. */
export interface OrdinaryServices {
  /** DATABASE_URL and REDIS_URL for tests on the host. */
  readonly environment: Readonly<Record<string, string>>;
  /** The container to try things from: what it reaches is there to be reached. */
  readonly container: string;
  /** The address of the database on a network of its own. */
  readonly databaseAddress: string;
  /** The engine's end of that network; on Linux an address of this machine. Empty where there is none. */
  readonly bridgeAddress: string;
}

const READY_MS = 120_000;

export async function startOrdinaryServices(name: string, image: string, commands: Commands, undo: UndoList): Promise<OrdinaryServices> {
  const container = `${name}-ordinary`;
  const database = `${name}-ordinary-db`;
  const cache = `${name}-ordinary-cache`;
  const network = `${name}-ordinary`;
  const quiet = { quiet: true } as const;
  const password = randomBytes(12).toString("hex");
  undo.add(`network ${network}`, removeNetwork(network));
  const made = await commands.docker(["network", "create", network], quiet);
  if (made.exit !== 0) throw new Error(`docker network create failed: ${made.all}`);
  const start = async (each: string, words: readonly string[]): Promise<void> => {
    undo.add(each, removeContainer(each));
    const started = await commands.docker(["run", "-d", "--name", each, "--network", network, ...words], quiet);
    if (started.exit !== 0) throw new Error(`docker run of ${each} failed: ${started.all}`);
  };
  await Promise.all([
    start(database, ["-e", `POSTGRES_PASSWORD=${password}`, "-p", "127.0.0.1::5432", "postgres:15"]),
    start(container, ["--init", image, "sleep", "infinity"]),
    start(cache, ["-p", "127.0.0.1::6379", "redis:7"]),
  ]);
  await untilReady(commands, database);
  const ports = await Promise.all([portOf(commands, database, "5432/tcp"), portOf(commands, cache, "6379/tcp")]);
  return {
    environment: {
      DATABASE_URL: `postgresql://postgres:${password}@127.0.0.1:${ports[0]}/postgres`,
      REDIS_URL: `redis://127.0.0.1:${ports[1]}`,
    },
    container,
    databaseAddress: await addressOf(commands, database, network),
    bridgeAddress: await networkFact(commands, database, network, "Gateway"),
  };
}

/** A container's address on one network. */
export async function addressOf(commands: Commands, container: string, network: string): Promise<string> {
  const address = await networkFact(commands, container, network, "IPAddress");
  if (address === "") throw new Error(`${container} has no address on ${network}`);
  return address;
}

export async function joinNetwork(commands: Commands, container: string, network: string): Promise<void> {
  const { exit, all } = await commands.docker(["network", "connect", network, container], { quiet: true });
  if (exit !== 0) throw new Error(`${container} cannot join ${network}: ${all}`);
}

async function networkFact(commands: Commands, container: string, network: string, fact: string): Promise<string> {
  const format = `{{(index .NetworkSettings.Networks "${network}").${fact}}}`;
  const { out, exit } = await commands.docker(["inspect", "-f", format, container], { quiet: true });
  if (exit !== 0) throw new Error(`${container} is not on ${network}`);
  return out.trim();
}

// By TCP: while the image initialises its data it listens on the unix socket alone.
async function untilReady(commands: Commands, database: string): Promise<void> {
  const untilMs = performance.now() + READY_MS;
  while (performance.now() < untilMs) {
    const ready = await commands.docker(["exec", database, "pg_isready", "-q", "-h", "127.0.0.1"], { quiet: true });
    if (ready.exit === 0) return;
    await sleep(250);
  }
  throw new Error(`${database} is not ready after ${READY_MS / 1000} s`);
}

async function portOf(commands: Commands, container: string, port: string): Promise<string> {
  const { out } = await commands.docker(["port", container, port], { quiet: true });
  const found = /:(\d+)$/m.exec(out)?.[1];
  if (found === undefined) throw new Error(`${container} publishes no ${port}`);
  return found;
}
