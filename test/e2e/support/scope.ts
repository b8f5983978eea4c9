import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { afterAll, beforeAll, vi } from "vitest";
import { must, run } from "./command.ts";

/** What a test file makes on the machine, taken away again in reverse order, whatever happened before. */
export interface Scope {
  /** A name that no other run has; it holds the pid of this one. */
  readonly unique: () => string;
  readonly later: (cleanUp: () => unknown) => void;
}

/** The prefix of every name that these tests give to projects, containers and networks: `e2e-<pid>-<random>`. */
const NAME = /\be2e-(\d+)-[0-9a-f]{6}\b/;

/** A scope that ends with the test file. Begins by removing what runs that were killed have left. */
export function fileScope(): Scope {
  vi.setConfig({ testTimeout: 300_000, hookTimeout: 600_000 });
  const cleanUps: (() => unknown)[] = [];
  const names: string[] = [];
  beforeAll(async () => {
    await removeObjects((name) => {
      const pid = NAME.exec(name)?.[1];
      return pid !== undefined && !existsSync(`/proc/${pid}`);
    });
  });
  afterAll(async () => {
    for (const cleanUp of cleanUps.toReversed()) {
      try {
        await cleanUp();
      } catch {
        // What is left is found by its name, here or by the next run.
      }
    }
    await removeObjects((name) => names.some((each) => name.includes(each)));
  });
  return {
    unique: () => {
      const name = `e2e-${process.pid}-${randomBytes(3).toString("hex")}`;
      names.push(name);
      return name;
    },
    later: (cleanUp) => void cleanUps.push(cleanUp),
  };
}

async function removeObjects(ours: (name: string) => boolean): Promise<void> {
  const named = async (...list: readonly string[]): Promise<readonly string[]> =>
    (await must(["docker", ...list])).split("\n").filter((name) => name !== "" && ours(name));
  const remove = async (names: readonly string[], ...how: readonly string[]): Promise<void> => {
    if (names.length > 0) await run(["docker", ...how, ...names]);
  };
  await remove(await named("ps", "-a", "--format", "{{.Names}}"), "rm", "-f", "-v");
  await remove(await named("network", "ls", "--format", "{{.Name}}"), "network", "rm");
  await remove(await named("volume", "ls", "--format", "{{.Name}}"), "volume", "rm", "-f");
}
