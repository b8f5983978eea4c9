import { execFileSync } from "node:child_process";
import { chmod, mkdir, mkdtemp, readFile, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { beforeEach, describe, expect, it } from "vitest";
import { grantCommand } from "../../src/cli/commands/credentials/grant.ts";
import { requireCredentials } from "../../src/cli/credentials/credential-values.ts";
import { type Holder, claimLogins, releaseLogins } from "../../src/cli/credentials/login-claims.ts";
import { keepRenewed } from "../../src/cli/credentials/keep-renewed.ts";
import { main } from "../../src/cli/main.ts";
import { loadProject } from "../../src/config/load.ts";
import type { LoadedProject } from "../../src/config/load.ts";
import { aShell } from "../support/shell.ts";

const LOGIN = { accessToken: "access-0", refreshToken: "refresh-0", expiresAt: Date.UTC(2030, 0, 1) };

describe("a login that renews itself", () => {
  let base = "";
  let running: Set<string>;
  beforeEach(async () => {
    base = await mkdtemp(join(tmpdir(), "coop-claims-"));
    running = new Set();
    await repository("shop");
    await coop("shop", ["init", "--key-file"], "");
    await coop("shop", ["set", "claude", "--provider", "claude", "--kind", "oauth"], JSON.stringify(LOGIN));
    await grant("shop");
    await repository("blog");
    await grant("blog");
  });

  const environment = (): Readonly<Record<string, string>> => ({
    HOME: join(base, "home"),
    XDG_RUNTIME_DIR: join(base, "run"),
  });
  const claims = (): string => join(base, "home/.local/state/coop/logins/claims.json");

  async function repository(name: string, from: object = {}): Promise<void> {
    await mkdir(join(base, name), { recursive: true });
    const file = {
      version: "coop/v1",
      project: name,
      agents: { coder: { run: ["true"], egress: ["model"] } },
      egress: { rules: [{ name: "model", host: "api.anthropic.com", credential: "claude" }] },
      credentials: { claude: { provider: "claude", ...from } },
    };
    await writeFile(join(base, name, "coop.yaml"), JSON.stringify(file));
    execFileSync("git", ["-C", join(base, name), "init", "--quiet"]);
  }

  async function coop(name: string, words: readonly string[], input: string): Promise<void> {
    const streams = () => ({ ...aShell().streams(false), stdin: Readable.from([Buffer.from(input)]) });
    const shell = aShell({ cwd: join(base, name), environment: environment(), streams });
    expect(await main(["credentials", ...words], shell), shell.said()).toBe(0);
  }

  async function grant(name: string, profile: string | null = null): Promise<void> {
    const shell = aShell({ cwd: join(base, name), environment: environment() });
    await grantCommand({ file: null, source: profile === null ? null : "claude", profile }, shell);
  }

  function project(name: string): LoadedProject {
    const loaded = loadProject(null, join(base, name));
    if (!loaded.ok) throw new Error("the test's own file is wrong");
    return loaded.value;
  }

  /** What an apply does before it changes anything; behind it the project's gateway runs. */
  async function applied(name: string, engine = "here"): Promise<void> {
    const shell = aShell({ cwd: join(base, name), environment: environment() });
    const values = await requireCredentials(project(name), shell);
    const runs = (other: Holder): Promise<boolean> =>
      Promise.resolve(other.engine !== engine || running.has(other.project));
    await claimLogins({ project: project(name), holder: { engine, project: name } }, values, runs, shell);
    running.add(name);
  }

  const used = { code: "LOCKED", message: expect.stringContaining('claude: the gateway of "shop" (') as unknown };

  it("is one gateway's at a time: another one that would end its chain is refused, with the mend", async () => {
    await applied("shop");
    await applied("shop");
    await expect(applied("blog")).rejects.toMatchObject({
      ...used,
      mend: expect.stringContaining("coop credentials login claude --profile ANOTHER") as unknown,
    });
    // Both at once, many times: one of them, whoever was first.
    await applied("shop");
    await expect(applied("blog")).rejects.toMatchObject(used);
  });

  it("is given to one of two that ask at the same moment", async () => {
    running.add("shop").add("blog");
    const both = await Promise.allSettled([applied("shop"), applied("blog")]);
    expect(both.map((each) => each.status).toSorted()).toEqual(["fulfilled", "rejected"]);
  });

  it("stays one gateway's when it was renewed, and the vault has what came of it", async () => {
    await applied("shop");
    const { createHash } = await import("node:crypto");
    const refresh = { token: "refresh-1", url: "https://console.anthropic.com/v1/oauth/token", clientId: "x" };
    const value = { kind: "oauth", accessToken: "access-1", expiresAt: LOGIN.expiresAt + 1, refresh } as const;
    const of = [createHash("sha256").update("refresh-0").digest("hex")];
    const shell = aShell({ cwd: join(base, "shop"), environment: environment() });
    const kept = await keepRenewed(project("shop"), () => Promise.resolve({ claude: { value, of } }), shell);
    expect(kept).toEqual(["claude"]);
    await expect(applied("blog")).rejects.toMatchObject(used);
  });

  it("is free when its gateway is gone, was destroyed, or has another account by now", async () => {
    await applied("shop");
    running.delete("shop");
    await applied("blog");
    // Whoever comes back finds it taken.
    await expect(applied("shop")).rejects.toMatchObject({ message: expect.stringContaining('"blog"') as unknown });
    const shell = aShell({ cwd: base, environment: environment() });
    await releaseLogins({ engine: "here", project: "blog" }, shell);
    await applied("shop");
    await coop(
      "shop",
      ["set", "claude", "--profile", "shop", "--provider", "claude", "--kind", "oauth"],
      JSON.stringify({ ...LOGIN, refreshToken: "other" }),
    );
    await grant("shop", "shop");
    await applied("shop");
    await applied("blog");
  });

  it("is nobody's once it was made anew, and is not known to be free on another engine", async () => {
    await applied("shop", "far");
    await expect(applied("blog")).rejects.toMatchObject(used);
    await coop(
      "shop",
      ["set", "claude", "--yes", "--provider", "claude", "--kind", "oauth"],
      JSON.stringify({ ...LOGIN, refreshToken: "fresh" }),
    );
    await applied("blog");
  });

  it("is no concern of a token that nobody renews, nor of another repository's own", async () => {
    await coop("shop", ["set", "claude", "--yes", "--provider", "claude"], "sk-ant-oat01-a-token-of-a-year");
    await applied("shop");
    await applied("blog");
    expect(await readFile(claims(), "utf8").catch(() => "none")).not.toContain('version":"');
  });

  it("is written where nobody else reads, and what is damaged there is no yes", async () => {
    await applied("shop");
    expect((await stat(claims())).mode & 0o777).toBe(0o600);
    expect(await readFile(claims(), "utf8")).not.toMatch(/refresh-0|access-0/);
    await writeFile(claims(), '{"version":1,"claims":[{"login":"claude"}]}');
    await expect(applied("blog")).rejects.toMatchObject({ code: "STATE_UNREADABLE" });
    await chmod(claims(), 0o666);
    await expect(applied("blog")).rejects.toMatchObject({ code: "FILE_TOO_OPEN" });
  });
});
