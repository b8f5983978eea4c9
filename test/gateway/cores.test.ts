import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdir, mkdtemp, readFile, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { expect, it, onTestFinished } from "vitest";
import { eventually } from "./support/world.ts";

const CANARY = "sk-canary-of-cores-4d1f8a20";
const MAIN = join(import.meta.dirname, "../../src/gateway/gateway-main.ts");

/** Where cores go into the folder of the process: on other machines they cannot be looked at. */
const SEEN = process.platform === "linux" && readFileSync("/proc/sys/kernel/core_pattern", "utf8").trim() === "core";

async function aFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "coop-cores-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  for (const each of ["policy", "run", "admin"]) await mkdir(join(folder, each), { mode: 0o700 });
  return folder;
}

/** A process that may leave cores of any size in its folder. */
function unlimited(
  folder: string,
  args: readonly string[],
): { readonly child: ChildProcess; readonly said: () => string } {
  const command = ['ulimit -c unlimited && exec "$0" "$@"', process.execPath, ...args];
  const child = spawn("sh", ["-c", ...command], { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (said += chunk.toString()));
  onTestFinished(() => void child.kill("SIGKILL"));
  return { child, said: () => said };
}

/** Ends it as a fault of its own would, and gives all cores that it left. */
async function coresOf(folder: string, child: ChildProcess): Promise<readonly Buffer[]> {
  const ended = new Promise<string | null>((resolve) => child.once("close", (_code, signal) => resolve(signal)));
  child.kill("SIGSEGV");
  expect(await ended).toBe("SIGSEGV");
  const left = (await readdir(folder)).filter((each) => each.startsWith("core"));
  return Promise.all(left.map((each) => readFile(join(folder, each))));
}

it.runIf(SEEN)("a process that has a secret in memory shows it in its core", { timeout: 60_000 }, async () => {
  const folder = await aFolder();
  const holder = `const held = [...process.argv[1]].reverse().join(""); setInterval(() => held.length, 1000); console.log("ready")`;
  const { child, said } = unlimited(folder, ["-e", holder, CANARY.split("").toReversed().join("")]);
  await eventually(() => said().includes("ready"), 30_000);
  const cores = await coresOf(folder, child);
  expect(cores.map((core) => core.includes(CANARY))).toEqual([true]);
});

it.runIf(SEEN)("the gateway, which has many, shows none", { timeout: 90_000 }, async () => {
  const folder = await aFolder();
  const where = ["--policy", "policy", "--run", "run", "--admin-socket", "admin/admin.sock"];
  const { child, said } = unlimited(folder, [MAIN, ...where]);
  await eventually(() => said().includes("gateway-ready"), 30_000);
  const messenger = spawn(process.execPath, [MAIN, "--admin", ...where], {
    cwd: folder,
    stdio: ["pipe", "pipe", "inherit"],
  });
  const credentials = { anthropic: { kind: "text", text: CANARY } };
  messenger.stdin.end(`${JSON.stringify({ version: 1, digest: "d", credentials, authority: null })}\n`);
  expect(await text(messenger.stdout)).toContain('"ok":true');
  expect(said()).not.toContain("cores-unlimited");
  const cores = await coresOf(folder, child);
  expect(cores.map((core) => core.includes(CANARY))).toEqual(cores.map(() => false));
  // What is left is no memory of it at all.
  for (const core of cores) expect(core.length).toBeLessThan(1024 * 1024);
});
