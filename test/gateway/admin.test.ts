import { type ChildProcess, spawn } from "node:child_process";
import { chmod, mkdir, mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { describe, expect, it, onTestFinished } from "vitest";
import { startAdmin } from "../../src/gateway/admin/admin-server.ts";
import { HeldProvisions } from "../../src/gateway/admin/held-provisions.ts";
import { parseAdminRequest } from "../../src/gateway/admin/parse-provisions.ts";
import type { Provisions } from "../../src/gateway/provisions.ts";
import { aRoot } from "./support/authority.ts";
import { eventually } from "./support/world.ts";

const CANARY = "canary-d41d8cd98f00b204";
const authority = await (await aRoot()).issue([{ kind: "exact", name: "api.test" }]);

function provisions(digest: string): Provisions {
  return {
    version: 1,
    digest,
    credentials: {
      key: { kind: "text", text: CANARY },
      cloud: { kind: "aws", accessKeyId: "AKIA", secretAccessKey: CANARY, sessionToken: CANARY },
      login: {
        kind: "oauth",
        accessToken: CANARY,
        expiresAt: 1,
        refresh: { token: CANARY, url: "https://login.test/token", clientId: "id" },
      },
    },
    authority: { chain: authority.chain, key: authority.key },
  };
}

/** The line as `JSON.stringify` makes it of plain values. */
const line = (value: unknown): string => `${JSON.stringify(value)}\n`;

async function aFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "coop-admin-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

describe("a running gateway", () => {
  interface Running {
    readonly folder: string;
    readonly output: () => string;
    readonly give: (input: string) => Promise<{ readonly code: number | null; readonly output: string }>;
    readonly inForce: () => Promise<Record<string, unknown>>;
    readonly restart: () => Promise<void>;
  }

  async function aGateway(): Promise<Running> {
    const folder = await aFolder();
    for (const each of ["policy", "run"]) await mkdir(join(folder, each));
    await mkdir(join(folder, "admin"), { mode: 0o700 });
    const where = ["--policy", join(folder, "policy"), "--run", join(folder, "run")];
    const args = ["src/gateway/gateway-main.ts", ...where, "--admin-socket", join(folder, "admin", "admin.sock")];
    let output = "";
    const started = (): ChildProcess => {
      const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
      for (const stream of [child.stdout, child.stderr])
        stream.on("data", (each: Buffer) => (output += each.toString()));
      return child;
    };
    let child = started();
    onTestFinished(() => void child.kill("SIGKILL"));
    return {
      folder,
      output: () => output,
      give: (input) =>
        new Promise((resolve) => {
          const admin = spawn(process.execPath, [...args, "--admin"], { stdio: ["pipe", "pipe", "pipe"] });
          let said = "";
          for (const stream of [admin.stdout, admin.stderr])
            stream.on("data", (each: Buffer) => (said += each.toString()));
          admin.once("close", (code) => resolve({ code, output: said }));
          admin.stdin.on("error", () => undefined);
          admin.stdin.end(input);
        }),
      inForce: async () =>
        JSON.parse(await readFile(join(folder, "run/in-force.json"), "utf8")) as Record<string, unknown>,
      restart: async () => {
        const ended = new Promise((resolve) => child.once("close", resolve));
        child.kill("SIGKILL");
        await ended;
        output = "";
        child = started();
        await eventually(() => output.includes("gateway-ready"), 20_000);
      },
    };
  }

  it("takes provisions, says which it holds, forgets them with its end, and never shows a value", async () => {
    const at = await aGateway();
    // Also before the gateway listens: whoever starts it need not wait.
    expect(await at.give(line(provisions("one")))).toEqual({ code: 0, output: '{"ok":true,"digest":"one"}\n' });
    expect(await at.inForce()).toMatchObject({ provisions: "one", state: "no-policy" });
    expect((await stat(join(at.folder, "admin/admin.sock"))).mode & 0o777).toBe(0o600);
    expect(await at.give(line(provisions("two")))).toMatchObject({ code: 0 });
    expect(await at.inForce()).toMatchObject({ provisions: "two" });
    // The gateway writes before it answers; its line comes through a pipe of its own.
    const taken = '"event":"provisions-taken","digest":"two","credentials":["cloud","key","login"]';
    await eventually(() => at.output().includes(taken), 20_000);
    for (const wrong of ["", "\n", `${CANARY}\n`, `{"${CANARY}\n`, line({ ...provisions("x"), version: 2 }), "{}\n"])
      expect((await at.give(wrong)).code).toBe(1);
    expect(await at.inForce()).toMatchObject({ provisions: "two" });
    expect(await at.give('{"collect":true}\n')).toEqual({ code: 0, output: '{"ok":true,"renewed":{}}\n' });
    expect(at.output()).not.toContain(CANARY);
    expect(at.output()).not.toContain("PRIVATE");
    await at.restart();
    expect(await at.inForce()).toMatchObject({ provisions: null });
  });
});

describe("the socket", () => {
  async function anAdmin(): Promise<{ readonly path: string; readonly held: HeldProvisions; readonly log: string[] }> {
    const folder = await aFolder();
    await chmod(folder, 0o700);
    const log: string[] = [];
    const events = {
      decided: () => undefined,
      event: (event: string, fields: Readonly<Record<string, unknown>>) =>
        void log.push(JSON.stringify({ event, ...fields })),
    };
    const held = new HeldProvisions(events);
    const take = (given: Provisions): Promise<void> => Promise.resolve(held.replace(given));
    const stop = await startAdmin({
      path: join(folder, "admin.sock"),
      take,
      forget: (names) => Promise.resolve(Object.keys(held.forget(names))),
      renewed: () => Promise.resolve({}),
      log: events,
    });
    onTestFinished(stop);
    return { path: join(folder, "admin.sock"), held, log };
  }

  function said(path: string, input: string | Buffer): Promise<string> {
    return new Promise((resolve) => {
      const socket = connect({ path });
      let answer = "";
      socket.on("data", (chunk: Buffer) => (answer += chunk.toString()));
      socket.on("error", () => undefined);
      socket.once("close", () => resolve(answer));
      socket.end(input);
    });
  }

  it.for([
    ["an endless line", Buffer.alloc(9 * 1024 * 1024, 0x61)],
    ["half a line", line(provisions("half")).slice(0, -20)],
    ["no end of the line", line(provisions("half")).trimEnd()],
    ["another field", line({ ...provisions("x"), more: CANARY })],
    ["a missing field", line({ version: 1, digest: "x", credentials: {} })],
    ["a value of another kind", line({ ...provisions("x"), credentials: { key: CANARY } })],
    ["a value with more", line({ ...provisions("x"), credentials: { key: { kind: "text", text: CANARY, more: 1 } } })],
    ["a key that is none", line({ ...provisions("x"), authority: { chain: CANARY, key: CANARY } })],
    ["a refresh over http", line({ ...provisions("x"), credentials: { key: anOauth("http://login.test/") } })],
    ["collect with more", '{"collect":true,"version":1}\n'],
    ["an array", "[]\n"],
  ] as const)("refuses %s, keeps what it holds, and repeats nothing of it", async ([, input]) => {
    const { path, held, log } = await anAdmin();
    expect(await said(path, line(provisions("first")))).toBe('{"ok":true,"digest":"first"}\n');
    const before = held.current;
    expect(await said(path, input)).toMatch(/^\{"ok":false,"reason":"|^$/);
    expect(held.current).toBe(before);
    expect(log.join()).not.toContain(CANARY);
  });

  it("drops what it is told to forget, and does not call the rest what was given", async () => {
    const { path, held, log } = await anAdmin();
    await said(path, line(provisions("sha256:1")));
    expect(JSON.parse(await said(path, line({ forget: ["key", "unknown", "constructor"] })))).toEqual({
      ok: true,
      forgotten: ["key"],
    });
    expect(Object.keys(held.current?.credentials ?? {})).toEqual(["cloud", "login"]);
    expect(held.current?.digest).toBe("part-of.sha256:1");
    expect(held.current?.authority).not.toBeNull();
    expect(JSON.parse(await said(path, line({ forget: ["key"] })))).toEqual({ ok: true, forgotten: [] });
    expect(held.current?.digest).toBe("part-of.sha256:1");
    for (const bad of [
      { forget: "key" },
      { forget: ["__proto__"] },
      { forget: [CANARY.repeat(9)] },
      { forget: ["key"], collect: true },
    ])
      expect(await said(path, line(bad))).toMatch(/^\{"ok":false,"reason":"(?!.*canary)/);
    expect(log.join()).not.toContain(CANARY);
  });

  it("is not made where others could reach it", async () => {
    const folder = await aFolder();
    await chmod(folder, 0o755);
    const events = { decided: () => undefined, event: () => undefined };
    const deps = {
      path: join(folder, "admin.sock"),
      take: () => Promise.resolve(),
      forget: () => Promise.resolve([]),
      renewed: () => Promise.resolve({}),
      log: events,
    };
    await expect(startAdmin(deps)).rejects.toThrow("can be entered by others");
  });
});

describe("what is held", () => {
  const silent = { decided: () => undefined, event: () => undefined };

  function parsed(value: unknown): Provisions {
    const read = parseAdminRequest(JSON.stringify(value));
    if (!read.ok || read.request.kind !== "provide") throw new Error("not parsed");
    return read.request.provisions;
  }

  it("shows nothing of itself in logs, errors and JSON, and all of it to who asks for a field", () => {
    const held = new HeldProvisions(silent);
    held.replace(parsed(provisions("one")));
    const { current } = held;
    const { credentials, authority: signs } = current ?? provisions("");
    const shown = [current, credentials, Object.values(credentials), signs, { deep: { deeper: { current } } }].flatMap(
      (each) => [inspect(each, { depth: 20, showHidden: true }), JSON.stringify(each), JSON.stringify({ each })],
    );
    expect(shown.join()).not.toContain(CANARY);
    expect(shown.join()).not.toContain("PRIVATE");
    expect(credentials["key"]).toMatchObject({ kind: "text", text: CANARY });
  });

  it("stays the same object where it is given again unchanged", () => {
    const held = new HeldProvisions(silent);
    held.replace(parsed(provisions("one")));
    const before = held.current;
    held.replace(parsed({ ...provisions("two"), credentials: { ...provisions("").credentials, key: aText("new") } }));
    expect(held.current?.digest).toBe("two");
    expect(held.current?.authority).toBe(before?.authority);
    expect(held.current?.credentials["login"]).toBe(before?.credentials["login"]);
    expect(held.current?.credentials["key"]).toMatchObject({ text: "new" });
  });
});

function aText(text: string): unknown {
  return { kind: "text", text };
}

function anOauth(url: string): unknown {
  return { kind: "oauth", accessToken: CANARY, expiresAt: null, refresh: { token: CANARY, url, clientId: "id" } };
}
