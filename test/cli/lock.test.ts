import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { withLock } from "../../src/cli/lock.ts";

// An engine that no other test has.
const ENGINE = `lock-test-${process.pid}`;

let holder: ChildProcess;

beforeEach(async () => {
  holder = spawn(process.execPath, [join(import.meta.dirname, "hold-lock-main.ts"), ENGINE, "shop"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  if (holder.stdout !== null) await once(holder.stdout, "data");
});

afterEach(() => void holder.kill("SIGKILL"));

const take = (waitMs: number, project = "shop"): Promise<string> =>
  withLock(ENGINE, project, "coop plan", () => Promise.resolve("mine"), waitMs);

it("names who holds it, with its command, pid and since when", async () => {
  await expect(take(100)).rejects.toMatchObject({
    code: "LOCKED",
    message: expect.stringMatching(
      new RegExp(`^Another coop works on the project "shop": coop apply \\(pid ${holder.pid}, since .*\\)\\.`),
    ),
  });
});

it("names who holds it and is stopped, instead of waiting for its word for ever", async () => {
  holder.kill("SIGSTOP");
  await expect(take(100)).rejects.toMatchObject({
    code: "LOCKED",
    message: expect.stringMatching(new RegExp(`pid ${holder.pid} \\(.*\\) is stopped \\(\`kill -CONT ${holder.pid}\``)),
  });
  holder.kill("SIGCONT");
  await expect(take(100)).rejects.toMatchObject({ message: expect.stringContaining("since") });
});

it("is taken over from one that was killed, also one that was stopped before", async () => {
  holder.kill("SIGSTOP");
  const waiting = take(30_000);
  holder.kill("SIGKILL");
  expect(await waiting).toBe("mine");
});

it("keeps nobody from another project", async () => {
  expect(await take(0, "other")).toBe("mine");
});
