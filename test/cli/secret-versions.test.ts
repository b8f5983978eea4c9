import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { grantCommand, revokeCommand } from "../../src/cli/commands/credentials/grant.ts";
import { requireCredentials, secretVersions } from "../../src/cli/credentials/credential-values.ts";
import { loadProject } from "../../src/config/load.ts";
import type { LoadedProject } from "../../src/config/load.ts";
import { aShell } from "../support/shell.ts";
import type { HeardShell } from "../support/shell.ts";

const CANARY = "canary-of-a-variable";

describe("what a plan sees of values", () => {
  let home = "";
  let shell: HeardShell;
  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), "coop-home-"));
    const environment = { HOME: home, PATH: process.env["PATH"] ?? "", OWN: CANARY, TOKEN: CANARY };
    shell = aShell({ cwd: home, environment });
    await mkdir(join(home, ".config/coop"), { recursive: true });
    execFileSync("git", ["-C", home, "init", "--quiet"]);
    const file = {
      version: "coop/v1",
      project: "shop",
      agents: { coder: { run: ["true"], egress: ["api"], environment: { OWN: { env: "OWN" } } } },
      egress: {
        rules: [
          { name: "api", host: "api.corp.example", paths: ["/a/**"], credential: "made" },
          { name: "other", host: "api.corp.example", paths: ["/b/**"], credential: "token" },
        ],
      },
      credentials: {
        made: { header: "X-Api-Key", hosts: ["api.corp.example"] },
        token: { header: "X-Api-Key", hosts: ["api.corp.example"], from: "env:TOKEN" },
      },
    };
    file.agents.coder.egress.push("other");
    await writeFile(join(home, "coop.yaml"), JSON.stringify(file));
    await program("text", "echo first");
    await grantCommand({ file: null, source: null, profile: null }, shell);
  });

  function project(): LoadedProject {
    const loaded = loadProject(null, home);
    if (!loaded.ok) throw new Error("the test's own file is wrong");
    return loaded.value;
  }

  // What a shell runs; each run is counted.
  async function program(format: string, script: string): Promise<void> {
    const counted = `echo . >> ${join(home, "runs")}; ${script}`;
    const sources = { made: { exec: ["sh", "-c", counted], format } };
    await writeFile(join(home, ".config/coop/credentials.yaml"), JSON.stringify({ sources }));
  }

  const versions = () => secretVersions(project(), shell);
  const made = async () => (await versions())["credential:made"];
  const runs = async () => (await readFile(join(home, "runs"), "utf8").catch(() => "")).length / 2;

  it("is a digest for each source, which says nothing of the value", async () => {
    const seen = await versions();
    expect(Object.keys(seen).toSorted((a, b) => (a < b ? -1 : 1))).toEqual([
      "credential:made",
      "credential:token",
      "env:OWN",
    ]);
    for (const each of Object.values(seen)) expect(each).toMatch(/^[0-9a-f]{16}$/u);
    expect(await versions()).toEqual(seen);
  });

  it("is another one for another value", async () => {
    const before = await made();
    await program("text", "echo second");
    expect(await made()).not.toBe(before);
  });

  it("is the same for a token that its program makes anew each time, so that a plan after an apply is empty", async () => {
    await program(
      "token",
      `printf '{"token": "%s", "expiresAt": %s}' "$(od -An -N8 -tx1 /dev/urandom | tr -d ' ')" $(( $(date +%s) + 3600 ))`,
    );
    expect(await made()).toBe(await made());
    expect(await runs()).toBe(2);
  });

  it("is nothing for what is not granted, and no program runs for it", async () => {
    await revokeCommand({ file: null, source: "made" }, shell);
    expect(await made()).toBeUndefined();
    expect(await runs()).toBe(0);
  });

  it("is nothing for what cannot be read, which is told when it is needed", async () => {
    await program("text", "echo canary >&2; exit 3");
    expect(await made()).toBeUndefined();
    await expect(requireCredentials(project(), shell)).rejects.toMatchObject({
      code: "SECRETS_MISSING",
      message: expect.stringContaining("made (exec:sh) ended with code 3"),
    });
  });

  it("is had by programs that get no variable of another value", async () => {
    await program("text", "env | grep -c canary || true");
    const before = await made();
    await program("text", "echo 0");
    expect(await made()).toBe(before);
  });
});
