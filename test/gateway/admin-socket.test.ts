import { type ChildProcess, spawn } from "node:child_process";
import { mkdir, mkdtemp, readFile, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { expect, it, onTestFinished } from "vitest";
import { parseAdminRequest } from "../../src/gateway/admin/parse-provisions.ts";
import { eventually } from "./support/world.ts";

const CANARY = "sk-canary-7f3a9b2c";
const GOOD = {
  version: 1,
  digest: "sha256:0123",
  credentials: { anthropic: { kind: "text", text: CANARY } },
  authority: null,
};

interface Gateway {
  readonly folder: string;
  readonly child: ChildProcess;
  readonly output: () => string;
}

async function aGateway(): Promise<Gateway> {
  const folder = await mkdtemp(join(tmpdir(), "coop-admin-"));
  for (const each of ["policy", "run", "admin"]) await mkdir(join(folder, each), { mode: 0o700 });
  const child = spawn(process.execPath, ["src/gateway/gateway-main.ts", ...argumentsIn(folder)], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const closed = new Promise((resolve) => child.once("close", resolve));
  onTestFinished(async () => {
    child.kill("SIGKILL");
    await closed;
    await rm(folder, { recursive: true, force: true });
  });
  await eventually(() => output.includes("gateway-ready"), 20_000);
  return { folder, child, output: () => output };
}

function argumentsIn(folder: string): readonly string[] {
  const run = ["--policy", join(folder, "policy"), "--run", join(folder, "run")];
  return [...run, "--admin-socket", join(folder, "admin", "admin.sock")];
}

async function give(folder: string, line: string): Promise<{ readonly code: number | null; readonly answer: string }> {
  const child = spawn(process.execPath, ["src/gateway/gateway-main.ts", "--admin", ...argumentsIn(folder)], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const closed = new Promise<number | null>((resolve) => child.once("close", resolve));
  // A line that is too long is answered before it is read to its end.
  child.stdin.on("error", () => undefined);
  child.stdin.end(line);
  const answer = await text(child.stdout);
  return { code: await closed, answer };
}

async function held(folder: string): Promise<unknown> {
  const file = JSON.parse(await readFile(join(folder, "run", "in-force.json"), "utf8")) as { provisions: unknown };
  return file.provisions;
}

it(
  "takes provisions through a process beside it, and reports their digest and no value",
  { timeout: 60_000 },
  async () => {
    const { folder, child, output } = await aGateway();
    expect(await held(folder)).toBeNull();
    const given = await give(folder, `${JSON.stringify(GOOD)}\n`);
    expect(given).toEqual({ code: 0, answer: `${JSON.stringify({ ok: true, digest: GOOD.digest })}\n` });
    expect(await held(folder)).toBe(GOOD.digest);
    expect((await stat(join(folder, "admin", "admin.sock"))).mode & 0o777).toBe(0o600);
    // Nowhere where another process or a file could show it.
    const shown = [
      output(),
      await readFile(`/proc/${child.pid}/cmdline`, "utf8"),
      await readFile(`/proc/${child.pid}/environ`, "utf8"),
      ...(await Promise.all(
        (await readdir(join(folder, "run"))).map(async (name) =>
          name.endsWith(".sock") ? "" : readFile(join(folder, "run", name), "utf8"),
        ),
      )),
    ];
    for (const each of shown) expect(each).not.toContain(CANARY);
  },
);

it("keeps what it holds when it is given something else, and repeats none of it", { timeout: 60_000 }, async () => {
  const { folder, output } = await aGateway();
  await give(folder, `${JSON.stringify(GOOD)}\n`);
  for (const bad of [
    `{"version":1,"${CANARY}":`,
    JSON.stringify({ ...GOOD, extra: CANARY }),
    JSON.stringify({ ...GOOD, credentials: { a: { kind: "text", text: `${CANARY}\r\nx-evil: 1` } } }),
    JSON.stringify({ ...GOOD, digest: "sha256:other", authority: { chain: CANARY, key: CANARY } }),
    "",
  ]) {
    const given = await give(folder, bad === "" ? "" : `${bad}\n`);
    expect(given.code).toBe(1);
    expect(given.answer).not.toContain(CANARY);
  }
  const long = await give(folder, "x".repeat(5 * 1024 * 1024));
  expect(long.code).toBe(1);
  expect(await held(folder)).toBe(GOOD.digest);
  expect(output()).not.toContain(CANARY);
});

it("says that nobody answers where no gateway runs", { timeout: 30_000 }, async () => {
  const given = await give(join(tmpdir(), "coop-no-gateway"), "{}\n");
  expect(given).toMatchObject({ code: 1, answer: expect.stringContaining("the gateway does not answer") as string });
});

it.each([
  ["a value of another kind", { ...GOOD, credentials: { a: { kind: "file", path: "/etc/passwd" } } }],
  ["a refresh over plain http", { ...GOOD, credentials: { a: oauth("http://token.test/") } }],
  ["a name of another alphabet", { ...GOOD, credentials: { "A/..": { kind: "text", text: "x" } } }],
  ["another version", { ...GOOD, version: 2 }],
])("refuses %s", (_, value) => {
  expect(parseAdminRequest(JSON.stringify(value)).ok).toBe(false);
});

it("reads every kind of value", () => {
  const credentials = {
    a: { kind: "text", text: "x" },
    b: { kind: "aws", accessKeyId: "i", secretAccessKey: "s", sessionToken: null },
    c: oauth("https://token.test/"),
  };
  expect(parseAdminRequest(JSON.stringify({ ...GOOD, credentials }))).toMatchObject({
    ok: true,
    request: { kind: "provide", provisions: { ...GOOD, credentials } },
  });
});

function oauth(url: string): unknown {
  return { kind: "oauth", accessToken: "t", expiresAt: 1, refresh: { token: "r", url, clientId: "c" } };
}
