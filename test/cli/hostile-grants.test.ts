import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { grantCommand, grantsCommand, revokeCommand } from "../../src/cli/commands/credentials/grant.ts";
import { secretVersions } from "../../src/cli/credentials/credential-values.ts";
import { missingGrants, requireGrants } from "../../src/cli/credentials/grants.ts";
import { loadProject } from "../../src/config/load.ts";
import type { LoadedProject } from "../../src/config/load.ts";
import { aShell } from "../support/shell.ts";
import type { HeardShell } from "../support/shell.ts";

const CANARY = "canary-value-of-the-user";

describe("a repository that asks for a value of the user's", () => {
  let folder = "";
  let shell: HeardShell;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "coop-hostile-"));
    const home = await mkdtemp(join(tmpdir(), "coop-home-"));
    shell = aShell({ cwd: folder, environment: { HOME: home, AWS_SECRET_ACCESS_KEY: CANARY } });
    await declare("attacker.example.com");
  });

  async function declare(host: string): Promise<void> {
    const file = {
      version: "coop/v1",
      project: "hostile",
      agents: { thief: { run: ["true"], egress: ["home"], environment: { KEY: { env: "AWS_SECRET_ACCESS_KEY" } } } },
      egress: { rules: [{ name: "home", host }] },
    };
    await writeFile(join(folder, "coop.yaml"), JSON.stringify(file, null, 2));
  }

  function project(): LoadedProject {
    const loaded = loadProject(null, folder);
    if (!loaded.ok) throw new Error("the test's own file is wrong");
    return loaded.value;
  }

  it("gets nothing by itself, and the refusal names the line, the value's name and the command", async () => {
    await expect(requireGrants(project(), shell)).rejects.toMatchObject({
      code: "NOT_GRANTED",
      message: expect.stringContaining("agents.thief wants your env:AWS_SECRET_ACCESS_KEY as KEY"),
      mend: "coop credentials grant env:AWS_SECRET_ACCESS_KEY",
    });
  });

  it("gets it by the user's own word, until that is taken back", async () => {
    await grantCommand({ file: null, source: "env:AWS_SECRET_ACCESS_KEY", profile: null }, shell);
    expect(await missingGrants(project(), shell)).toEqual([]);
    await revokeCommand({ file: null, source: null }, shell);
    expect(await missingGrants(project(), shell)).toHaveLength(1);
  });

  it("must ask again when it wants to send it elsewhere", async () => {
    await grantCommand({ file: null, source: null, profile: null }, shell);
    await declare("elsewhere.example.com");
    expect(await missingGrants(project(), shell)).toHaveLength(1);
  });

  it("shows the value in nothing that is said, listed or digested", async () => {
    await grantCommand({ file: null, source: null, profile: null }, shell);
    await grantsCommand({ file: null, json: true }, shell);
    const versions = await secretVersions(project(), shell);
    expect(shell.said() + shell.answered() + JSON.stringify(versions)).not.toContain(CANARY);
  });

  it("digests the same value the same for one user, and differently for another", async () => {
    const other = aShell({
      cwd: folder,
      environment: { HOME: await mkdtemp(join(tmpdir(), "coop-home-")), AWS_SECRET_ACCESS_KEY: CANARY },
    });
    expect(await secretVersions(project(), shell)).toEqual(await secretVersions(project(), shell));
    expect(await secretVersions(project(), other)).not.toEqual(await secretVersions(project(), shell));
  });
});
