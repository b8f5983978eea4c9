import { createHash } from "node:crypto";
import { execFileSync } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { grantCommand, revokeCommand } from "../../src/cli/commands/credentials/grant.ts";
import { initCommand } from "../../src/cli/commands/credentials/init.ts";
import { storeEntry } from "../../src/cli/credentials/store-entry.ts";
import { credentialValues, secretVersions } from "../../src/cli/credentials/credential-values.ts";
import { keepRenewed } from "../../src/cli/credentials/keep-renewed.ts";
import { openedVault } from "../../src/cli/credentials/open-vault.ts";
import { loadProject } from "../../src/config/load.ts";
import type { LoadedProject } from "../../src/config/load.ts";
import type { SecretValue } from "../../src/model/provider.ts";
import { aShell } from "../support/shell.ts";
import type { HeardShell } from "../support/shell.ts";
import { anEntry } from "../vault/support.ts";

const refresh = { token: "refresh-1", url: "https://login.example/token", clientId: "coop" };
const FIRST: SecretValue = { kind: "oauth", accessToken: "access-1", expiresAt: 1000, refresh };
const SECOND: SecretValue = {
  kind: "oauth",
  accessToken: "access-2",
  expiresAt: 2000,
  refresh: { ...refresh, token: "refresh-2" },
};

describe("tokens that a gateway has renewed", () => {
  let home = "";
  let shell: HeardShell;
  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), "coop-home-"));
    shell = aShell({ cwd: home, environment: { HOME: home, XDG_RUNTIME_DIR: join(home, "run") } });
    await initCommand({ passphraseFd: null, keyFile: true, keyring: false }, shell);
    const { vault, key } = await openedVault({ passphraseFd: null }, shell);
    await storeEntry(vault.path, key, { ...anEntry("claude@work", "", { kind: "oauth" }), value: FIRST });
    execFileSync("git", ["-C", home, "init", "--quiet"]);
    const file = {
      version: "coop/v1",
      project: "shop",
      agents: { coder: { run: ["true"], egress: ["model"] } },
      egress: { rules: [{ name: "model", host: "api.anthropic.com", credential: "claude" }] },
      credentials: { claude: { provider: "claude" } },
    };
    await writeFile(join(home, "coop.yaml"), JSON.stringify(file));
    await grantCommand({ file: null, source: "claude", profile: "work" }, shell);
  });

  function project(): LoadedProject {
    const loaded = loadProject(null, home);
    if (!loaded.ok) throw new Error("the test's own file is wrong");
    return loaded.value;
  }

  function kept(values: Readonly<Record<string, SecretValue>>): Promise<readonly string[]> {
    const of = [createHash("sha256").update(refresh.token).digest("hex")];
    const renewed = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, { value, of }]));
    return keepRenewed(project(), () => Promise.resolve(renewed), shell);
  }

  it("are in the vault, for the account that was granted; a plan sees no change in them", async () => {
    const before = await secretVersions(project(), shell);
    expect(await kept({ claude: SECOND })).toEqual(["claude@work"]);
    expect(await credentialValues(project(), ["claude"], shell)).toEqual({ claude: SECOND });
    expect(await secretVersions(project(), shell)).toEqual(before);
    expect(before).toEqual({ "credential:claude": "0123456789abcdef" });
  });

  it("are not written again when the vault has them", async () => {
    await kept({ claude: SECOND });
    const bytes = await readFile(join(home, ".local/share/coop/vault"));
    expect(await kept({ claude: SECOND })).toEqual([]);
    expect(await readFile(join(home, ".local/share/coop/vault"))).toEqual(bytes);
  });

  it("are kept neither of a credential that is not granted, nor under a name that the file does not use", async () => {
    expect(await kept({ github: SECOND })).toEqual([]);
    await revokeCommand({ file: null, source: "claude" }, shell);
    expect(await kept({ claude: SECOND })).toEqual([]);
  });

  it("never take the place of a value of another kind", async () => {
    const { vault, key } = await openedVault({ passphraseFd: null }, shell);
    await storeEntry(vault.path, key, anEntry("claude@work", "typed by the user"));
    expect(await kept({ claude: SECOND })).toEqual([]);
    expect(await kept({ claude: { kind: "text", text: "x" } })).toEqual([]);
  });

  it("are told of when the vault is locked, without their values", async () => {
    await rm(join(home, ".local/state/coop/vault.key"));
    expect(await kept({ claude: SECOND })).toEqual([]);
    expect(shell.said()).toContain("the gateway has renewed claude@work, and the vault is locked");
    expect(shell.said()).not.toContain("access-2");
  });
});
