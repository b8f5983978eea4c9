import { createHash } from "node:crypto";
import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { beforeEach, describe, expect, it } from "vitest";
import { grantCommand } from "../../src/cli/commands/credentials/grant.ts";
import { credentialValues, secretVersions } from "../../src/cli/credentials/credential-values.ts";
import { keepRenewed } from "../../src/cli/credentials/keep-renewed.ts";
import { main } from "../../src/cli/main.ts";
import type { LoadedProject } from "../../src/config/load.ts";
import { loadProject } from "../../src/config/load.ts";
import type { RenewedCredential } from "../../src/gateway/provisions.ts";
import { aShell } from "../support/shell.ts";
import type { HeardShell } from "../support/shell.ts";

const URL = "https://console.anthropic.com/v1/oauth/token";
const NOW = Date.UTC(2030, 0, 1);

const FILE = {
  version: "coop/v1",
  project: "shop",
  agents: { coder: { run: ["true"], egress: ["model"] } },
  egress: { rules: [{ name: "model", host: "api.anthropic.com", credential: "login" }] },
  credentials: { login: { provider: "claude" } },
};

function renewed(access: string, refresh: string, ...of: readonly string[]): RenewedCredential {
  return {
    value: {
      kind: "oauth",
      accessToken: access,
      expiresAt: NOW + 1000,
      // A gateway that was taken over must not send the next refresh token elsewhere.
      refresh: { token: refresh, url: "https://evil.test/token", clientId: "evil" },
    },
    of: of.map((token) => createHash("sha256").update(token).digest("hex")),
  };
}

describe("what the gateway has renewed", () => {
  let shop = "";
  let environment: Readonly<Record<string, string>> = {};
  let shell: HeardShell;
  let project: LoadedProject;

  async function coop(words: readonly string[], input: string): Promise<void> {
    const streams = () => ({ ...aShell().streams(false), stdin: Readable.from([Buffer.from(input)]) });
    const own = aShell({ cwd: shop, environment, streams });
    expect(await main(["credentials", ...words], own), own.said()).toBe(0);
  }

  beforeEach(async () => {
    const base = await mkdtemp(join(tmpdir(), "coop-renewed-"));
    shop = join(base, "shop");
    environment = { HOME: join(base, "home"), XDG_RUNTIME_DIR: join(base, "run") };
    await mkdir(shop);
    await writeFile(join(shop, "coop.yaml"), JSON.stringify(FILE));
    execFileSync("git", ["-C", shop, "init", "--quiet"]);
    await coop(["init", "--key-file"], "");
    const login = { accessToken: "access-0", refreshToken: "refresh-0", expiresAt: NOW };
    await coop(["set", "login", "--provider", "claude", "--kind", "oauth"], JSON.stringify(login));
    shell = aShell({ cwd: shop, environment });
    await grantCommand({ file: null, source: null, profile: null }, shell);
    const loaded = loadProject(null, shop);
    if (!loaded.ok) throw new Error("a good file");
    project = loaded.value;
  });

  const keep = (collected: Readonly<Record<string, RenewedCredential>>): Promise<readonly string[]> =>
    keepRenewed(project, () => Promise.resolve(collected), shell);
  const stored = async (): Promise<unknown> => (await credentialValues(project, ["login"], shell))["login"];

  it("is kept in the vault, so that the next gateway begins with it, and no plan sees another version", async () => {
    const before = await secretVersions(project, shell);
    await keep({ login: renewed("access-1", "refresh-1", "refresh-0", "refresh-1") });
    expect(await stored()).toMatchObject({
      accessToken: "access-1",
      expiresAt: NOW + 1000,
      refresh: { token: "refresh-1", url: URL, clientId: expect.not.stringMatching("evil") as unknown },
    });
    expect(await secretVersions(project, shell)).toEqual(before);
    await keep({ login: renewed("access-2", "refresh-2", "refresh-0", "refresh-1", "refresh-2") });
    expect(await stored()).toMatchObject({ accessToken: "access-2", refresh: { token: "refresh-2", url: URL } });
  });

  it("does not take the place of a login that was stored meanwhile", async () => {
    const login = { accessToken: "fresh", refreshToken: "fresh-refresh", expiresAt: NOW };
    await coop(["rotate", "login"], JSON.stringify(login));
    await keep({ login: renewed("access-1", "refresh-1", "refresh-0", "refresh-1") });
    expect(await stored()).toMatchObject({ accessToken: "fresh", refresh: { token: "fresh-refresh" } });
  });

  it("of another name is nobody's", async () => {
    await keep({ other: renewed("access-1", "refresh-1", "refresh-0") });
    expect(await stored()).toMatchObject({ accessToken: "access-0" });
  });

  it("is not asked for where no login is stored", async () => {
    await coop(["set", "login", "--provider", "claude", "--yes"], "sk-ant-oat01-text");
    let asked = 0;
    const collect = (): Promise<Record<string, never>> =>
      Promise.resolve({ ["x".repeat((asked += 1))]: undefined as never });
    await keepRenewed(project, collect, shell);
    expect(asked).toBe(0);
  });

  it("that cannot be had is a warning", async () => {
    const { CoopError } = await import("../../src/diagnostics/coop-error.ts");
    await keepRenewed(project, () => Promise.reject(new CoopError("ENGINE_REFUSED", "No gateway answers.")), shell);
    expect(shell.said()).toContain("warning: No gateway answers.");
  });
});
