import { execFileSync } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, rename, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { grantCommand, revokeCommand } from "../../src/cli/commands/credentials/grant.ts";
import { credentialValues } from "../../src/cli/credentials/credential-values.ts";
import { judgedRequests } from "../../src/cli/credentials/grants.ts";
import { loadProject } from "../../src/config/load.ts";
import type { LoadedProject } from "../../src/config/load.ts";
import { aShell } from "../support/shell.ts";
import type { HeardShell } from "../support/shell.ts";

const CANARY = "canary-of-the-user";
const FILE = {
  version: "coop/v1",
  project: "shop",
  agents: { coder: { run: ["true"], egress: ["forge"] }, other: { run: ["true"] } },
  egress: { rules: [{ name: "forge", host: "github.com", credential: "github" }] },
  credentials: { github: { provider: "github", from: "env:GITHUB_TOKEN" } },
};

/** A credential that names its own hosts may go anywhere. */
const OWN = {
  github: { header: "Authorization", hosts: ["**.github.com", "*.net", "evil.example.net"], from: "env:GITHUB_TOKEN" },
};

/** A file with some parts of it written otherwise. */
type Changed = Readonly<Record<string, unknown>>;

describe("a credential that was granted to a clone", () => {
  let base = "";
  let shop = "";
  let shell: HeardShell;
  beforeEach(async () => {
    base = await mkdtemp(join(tmpdir(), "coop-clones-"));
    shop = join(base, "shop");
    const environment = { HOME: join(base, "home"), GITHUB_TOKEN: CANARY, AWS_SECRET_ACCESS_KEY: CANARY };
    shell = aShell({ cwd: shop, environment });
    await repository(shop);
    await grantCommand({ file: null, source: null, profile: null }, shell);
  });

  async function repository(folder: string, changes: Changed = {}): Promise<void> {
    await mkdir(folder, { recursive: true });
    git(folder, "init", "--quiet");
    await write(folder, changes);
    git(folder, "add", ".");
    git(folder, "-c", "user.name=t", "-c", "user.email=t@example.com", "commit", "--quiet", "-m", "first");
  }

  function write(folder: string, changes: Changed): Promise<void> {
    return writeFile(join(folder, "coop.yaml"), JSON.stringify({ ...FILE, ...changes }, null, 2));
  }

  function git(folder: string, ...words: readonly string[]): void {
    execFileSync("git", ["-C", folder, ...words], { stdio: "pipe" });
  }

  function project(folder: string): LoadedProject {
    const loaded = loadProject(null, folder);
    if (!loaded.ok) throw new Error(loaded.diagnostics.map((each) => each.message).join("\n"));
    return loaded.value;
  }

  async function asked(folder: string): Promise<readonly string[]> {
    const judged = await judgedRequests(project(folder), shell);
    return judged.filter((each) => each.grant === null).map((each) => each.request.subject);
  }

  const ALL = ["credentials.github"];

  it("is had by that clone", async () => {
    expect(await asked(shop)).toEqual([]);
    expect(await credentialValues(project(shop), ["github"], shell)).toEqual({
      github: { kind: "text", text: CANARY },
    });
  });

  it("is no longer had when it was taken back", async () => {
    await revokeCommand({ file: null, source: "github" }, shell);
    await expect(credentialValues(project(shop), ["github"], shell)).rejects.toMatchObject({ code: "NOT_GRANTED" });
  });

  it.for<[string, Changed]>([
    [
      "another variable of the user's",
      { credentials: { github: { provider: "github", from: "env:AWS_SECRET_ACCESS_KEY" } } },
    ],
    ["the vault instead", { credentials: { github: { provider: "github" } } }],
    ["a cloud's vault instead", { credentials: { github: { provider: "github", from: "azure-kv://shop/github" } } }],
    [
      "another host",
      { credentials: OWN, egress: { rules: [{ name: "forge", host: "evil.example.net", credential: "github" }] } },
    ],
    [
      "a host more",
      {
        agents: { coder: { egress: ["forge", "evil"] } },
        credentials: { github: { ...OWN.github, hosts: ["github.com", "evil.example.net"] } },
        egress: { rules: [...FILE.egress.rules, { name: "evil", host: "evil.example.net", credential: "github" }] },
      },
    ],
    [
      "every host below",
      { credentials: OWN, egress: { rules: [{ name: "forge", host: "**.github.com", credential: "github" }] } },
    ],
    [
      "another port",
      { egress: { rules: [{ name: "forge", host: "github.com", ports: [8443], credential: "github" }] } },
    ],
    ["name servers of its own", { egress: { ...FILE.egress, resolvers: ["203.0.113.5"] } }],
  ])("is asked for again with %s", async ([, changes]) => {
    await write(shop, changes);
    expect(await asked(shop)).toEqual(ALL);
    await expect(credentialValues(project(shop), ["github"], shell)).rejects.toMatchObject({
      code: "NOT_GRANTED",
      mend: expect.stringContaining("coop credentials grant "),
    });
  });

  it("is asked for again when the file brings certificates to believe, and when those change", async () => {
    await write(shop, { egress: { ...FILE.egress, trust: "ca.pem" } });
    await writeFile(join(shop, "ca.pem"), "-----BEGIN CERTIFICATE-----\nMTIz\n-----END CERTIFICATE-----\n");
    expect(await asked(shop)).toEqual(ALL);
    await grantCommand({ file: null, source: null, profile: null }, shell);
    expect(await asked(shop)).toEqual([]);
    await writeFile(join(shop, "ca.pem"), "-----BEGIN CERTIFICATE-----\nNDU2\n-----END CERTIFICATE-----\n");
    expect(await asked(shop)).toEqual(ALL);
  });

  it("is asked for by name when an agent wants it in its environment", async () => {
    await write(shop, { agents: { coder: { egress: ["forge"], environment: { TOKEN: { credential: "github" } } } } });
    expect(await asked(shop)).toEqual(["agents.coder"]);
  });

  it("stays granted when hosts are taken away, and when the remote is renamed or moved", async () => {
    git(shop, "remote", "add", "origin", "https://github.com/acme/shop.git");
    git(shop, "remote", "rename", "origin", "upstream");
    git(shop, "remote", "set-url", "upstream", "https://github.com/acme/renamed.git");
    await write(shop, { egress: { rules: [{ ...FILE.egress.rules[0], methods: ["GET"] }] } });
    expect(await asked(shop)).toEqual([]);
  });

  it("is not had by another clone with the same remote, name and commits", async () => {
    git(shop, "remote", "add", "origin", "https://github.com/acme/shop.git");
    const fork = join(base, "fork");
    execFileSync("git", ["clone", "--quiet", shop, fork], { stdio: "pipe" });
    git(fork, "remote", "set-url", "origin", "https://github.com/acme/shop.git");
    expect(await asked(fork)).toEqual(ALL);
  });

  it("is not had by a copy of the whole folder, nor by the folder after it was moved", async () => {
    await cp(shop, join(base, "copy"), { recursive: true });
    expect(await asked(join(base, "copy"))).toEqual(ALL);
    await rename(shop, join(base, "moved"));
    expect(await asked(join(base, "moved"))).toEqual(ALL);
  });

  it("is had when it is opened by a link, which leads to the same folder", async () => {
    await symlink(shop, join(base, "link"));
    expect(await asked(join(base, "link"))).toEqual([]);
  });

  it("is not had by what is cloned to the same path later", async () => {
    const evil = join(base, "evil");
    await repository(evil);
    await rm(shop, { recursive: true });
    execFileSync("git", ["clone", "--quiet", evil, shop], { stdio: "pipe" });
    expect(await asked(shop)).toEqual(ALL);
    await rm(shop, { recursive: true });
    await rename(evil, shop);
    expect(await asked(shop)).toEqual(ALL);
  });

  it("is not had by what is cloned over it, and no longer kept for what was there", async () => {
    await rm(join(shop, ".git"), { recursive: true });
    git(shop, "init", "--quiet");
    expect(await asked(shop)).toEqual(ALL);
    await grantCommand({ file: null, source: null, profile: null }, shell);
    const { grants } = JSON.parse(await readFile(join(base, "home/.config/coop/grants.json"), "utf8"));
    expect(grants).toHaveLength(1);
  });

  it("is not had by a repository inside of it, nor by a submodule or another work tree of it", async () => {
    await repository(join(shop, "vendor/lib"));
    expect(await asked(join(shop, "vendor/lib"))).toEqual(ALL);
    git(shop, "worktree", "add", "--quiet", join(base, "tree"));
    expect(await asked(join(base, "tree"))).toEqual(ALL);
    git(shop, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", join(base, "tree"), "sub");
    expect(await asked(join(shop, "sub"))).toEqual(ALL);
  });

  it("is not had by a folder that says that its repository is the granted one", async () => {
    const thief = join(base, "thief");
    await mkdir(thief);
    await write(thief, {});
    await writeFile(join(thief, ".git"), `gitdir: ${join(shop, ".git")}\n`);
    await expect(asked(thief)).rejects.toMatchObject({ code: "GIT_FAILED" });
    await rm(join(thief, ".git"));
    await symlink(join(shop, ".git"), join(thief, ".git"));
    await expect(asked(thief)).rejects.toMatchObject({ code: "GIT_FAILED" });
  });

  it("is not had by a clone that brings a mark of its own", async () => {
    await rm(shop, { recursive: true });
    await repository(shop);
    for (const mark of ["", "unmarked\n", `${"0".repeat(32)}\n`, "x".repeat(4096)]) {
      await mkdir(join(shop, ".git/coop"), { recursive: true });
      await writeFile(join(shop, ".git/coop/clone"), mark);
      expect(await asked(shop)).toEqual(ALL);
    }
  });

  it("holds for a folder without git, until that is made anew", async () => {
    const folder = join(base, "plain");
    await mkdir(folder);
    await write(folder, {});
    await grantCommand({ file: join(folder, "coop.yaml"), source: null, profile: null }, shell);
    expect(await asked(folder)).toEqual([]);
    await rm(folder, { recursive: true });
    await mkdir(folder);
    await write(folder, {});
    expect(await asked(folder)).toEqual(ALL);
  });

  it("is neither lost nor back again when several coops change grants at the same time", async () => {
    const folders = ["a", "b", "c", "d", "e", "f"].map((each) => join(base, each));
    await Promise.all(folders.map((each) => repository(each)));
    await Promise.all([
      revokeCommand({ file: join(shop, "coop.yaml"), source: null }, shell),
      ...folders.map((each) => grantCommand({ file: join(each, "coop.yaml"), source: null, profile: null }, shell)),
    ]);
    expect(await Promise.all(folders.map((each) => asked(each)))).toEqual(folders.map(() => []));
    expect(await asked(shop)).toEqual(ALL);
  });

  it("is not had by grants of a coop that knew no clones", async () => {
    const file = join(base, "home/.config/coop/grants.json");
    const written = JSON.parse(await readFile(file, "utf8"));
    const old = written.grants.map(({ clone: _clone, profile: _profile, ...rest }: Record<string, unknown>) => rest);
    await writeFile(file, JSON.stringify({ version: 1, grants: old }));
    expect(await asked(shop)).toEqual(ALL);
  });
});
