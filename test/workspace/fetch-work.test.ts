import { rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { aHost, aRepository, commitAll, git, gitWith, put, temporaryFolder } from "./support/git-fixture.ts";
import { pinOrigin } from "../../src/workspace/fetch/pin-origin.ts";
import { aSandbox } from "./support/sandbox-work.ts";

// Every case starts git a few dozen times.
vi.setConfig({ testTimeout: 60_000 });

const HEADS = "refs/coop/shop/coder/heads";

/** Everything of a repository that fetching must not touch. */
function untouched(root: string): string {
  return (
    ["HEAD", "refs/heads"].map((ref) => git(root, "for-each-ref", ref)).join() +
    git(root, "rev-parse", "HEAD") +
    git(root, "status", "--porcelain", "-uall") +
    git(root, "ls-files", "-s")
  );
}

describe("bringing work back", () => {
  it("brings branches and tags as refs and touches nothing else", async () => {
    const root = aRepository({ "a.txt": "1\n" });
    put(root, { "dirty.txt": "d\n" });
    const sandbox = await aSandbox(root);
    const before = untouched(root);
    put(sandbox.folder, { "a.txt": "2\n" });
    git(sandbox.folder, "commit", "-qam", "Agent's work");
    git(sandbox.folder, "tag", "-a", "-m", "One", "v1");
    git(sandbox.folder, "branch", "idle", "HEAD^");
    git(sandbox.folder, "checkout", "-q", "-b", "topic");
    put(sandbox.folder, { "b.txt": "b\n" });
    git(sandbox.folder, "add", "b.txt");
    git(sandbox.folder, "commit", "-qm", "More");
    const work = await sandbox.fetch();
    expect(work.refused).toEqual([]);
    expect(work.brought.map(({ name, state, commits, filesChanged }) => [name, state, commits, filesChanged])).toEqual([
      ["heads/main", "new", 1, 1],
      ["heads/topic", "new", 2, 2],
      ["tags/v1", "new", 1, 1],
    ]);
    expect(git(root, "show", `${HEADS}/topic:b.txt`)).toBe("b\n");
    expect(git(root, "rev-parse", `${HEADS}/main`)).toBe(git(sandbox.folder, "rev-parse", "main"));
    expect(git(root, "cat-file", "-t", "refs/coop/shop/coder/tags/v1").trim()).toBe("tag");
    expect(git(root, "fsck", "--strict")).not.toContain("error");
    expect(untouched(root)).toBe(before);
    expect((await sandbox.fetch()).brought.map(({ state }) => state)).toEqual(["unchanged", "unchanged", "unchanged"]);
  });

  it("keeps what a rewritten branch held before", async () => {
    const root = aRepository({ "a.txt": "1\n" });
    const { folder, fetch } = await aSandbox(root);
    put(folder, { "a.txt": "2\n" });
    git(folder, "commit", "-qam", "First try");
    await fetch();
    const first = git(root, "rev-parse", `${HEADS}/main`).trim();
    git(folder, "commit", "-q", "--amend", "-m", "Second try");
    const { brought } = await fetch();
    expect(brought[0]).toMatchObject({
      state: "rewritten",
      keptAs: `refs/coop/shop/coder/earlier/heads/main/${first.slice(0, 12)}`,
    });
    expect(git(root, "rev-parse", brought[0]?.keptAs ?? "").trim()).toBe(first);
  });

  it("brings uncommitted work without touching the agent's index, and knows the host's own changes", async () => {
    const root = aRepository({ "a.txt": "1\n", "gone.txt": "1\n", "staged.txt": "1\n" });
    put(root, { "a.txt": "host\n", "new.txt": "host\n", "staged.txt": "host\n" });
    git(root, "add", "staged.txt");
    rmSync(join(root, "gone.txt"));
    const { folder, fetch, snapshot } = await aSandbox(root);
    const status = git(folder, "status", "--porcelain");
    snapshot();
    expect((await fetch()).brought).toEqual([]);
    put(folder, { "work.txt": "agent\n" });
    snapshot();
    const { brought } = await fetch();
    expect(brought.map(({ ref, filesChanged }) => [ref, filesChanged])).toEqual([
      ["refs/coop/shop/coder/uncommitted", 5],
    ]);
    expect(git(root, "show", "refs/coop/shop/coder/uncommitted:work.txt")).toBe("agent\n");
    expect(git(folder, "status", "--porcelain")).toBe(`${status}?? work.txt\n`);
    snapshot();
    expect((await fetch()).brought.map(({ state }) => state)).toEqual(["unchanged"]);
  });

  it("brings commits on a detached HEAD", async () => {
    const { folder, fetch, snapshot } = await aSandbox(aRepository({ "a.txt": "1\n" }));
    git(folder, "checkout", "-q", "--detach");
    put(folder, { "a.txt": "2\n" });
    git(folder, "commit", "-qam", "Loose");
    snapshot();
    expect((await fetch()).brought.map(({ name }) => name)).toEqual(["detached"]);
  });

  it("brings work from a shallow view, an unborn one, and a plain folder that became a repository", async () => {
    const origin = aRepository({ "a.txt": "1\n" });
    put(origin, { "a.txt": "2\n" });
    commitAll(origin, "Second");
    const shallow = join(temporaryFolder("shallow"), "s");
    git("/", "clone", "-q", "--depth=1", `file://${origin}`, shallow);
    const unborn = temporaryFolder("unborn");
    git(unborn, "init", "-q");
    const plain = temporaryFolder("plain");
    put(plain, { "a.txt": "1\n" });
    for (const [root, commits] of [
      [shallow, 1],
      [unborn, 1],
      [plain, 2],
    ] as const) {
      const { folder, fetch } = await aSandbox(root);
      if (root === plain) {
        await expect(fetch()).rejects.toThrow(/not a git repository/);
        git(plain, "init", "-q");
      }
      put(folder, { "b.txt": "b\n" });
      commitAll(folder, "Work");
      expect((await fetch()).brought.map((ref) => [ref.name, ref.commits])).toEqual([["heads/main", commits]]);
      expect(git(root, "show", `${HEADS}/main:b.txt`)).toBe("b\n");
    }
  });
});

describe("bringing work back from a filtered view", () => {
  const files = {
    "a.txt": "1\n",
    ".env": "S=1\n",
    "config/.env": "S=2\n",
    "config/app.txt": "1\n",
    "keys/deep/server.key": "k\n",
  };

  it("puts commits, merges and tags onto the real commit, hidden files as they were", async () => {
    const root = aRepository(files);
    put(root, { "a.txt": "2\n" });
    const head = commitAll(root, "Second");
    const { folder, fetch, view } = await aSandbox(root);
    expect(view.kind).toBe("filtered");
    const env = {
      GIT_AUTHOR_NAME: "J\u00fcrgen",
      GIT_AUTHOR_EMAIL: "j@example.org",
      GIT_AUTHOR_DATE: "1700000000 +0530",
      GIT_COMMITTER_DATE: "1700000100 -0200",
    };
    put(folder, { "config/app.txt": "2\n", "keys/note.txt": "n\n" });
    git(folder, "add", "-A");
    gitWith(folder, { env }, "commit", "-qm", "Work\n\nBody \u00e9\n");
    git(folder, "checkout", "-q", "-b", "side", "HEAD^");
    put(folder, { "side.txt": "s\n" });
    commitAll(folder, "Side");
    git(folder, "checkout", "-q", "main");
    git(folder, "merge", "-q", "-m", "Merge", "side");
    git(folder, "tag", "-a", "-m", "One", "v1");
    const { brought, refused } = await fetch();
    expect(refused).toEqual([]);
    expect(brought.map(({ name, commits }) => [name, commits])).toEqual([
      ["heads/main", 3],
      ["heads/side", 1],
      ["tags/v1", 3],
    ]);
    expect(git(root, "diff", "--name-status", head, `${HEADS}/main`)).toBe(
      "M\tconfig/app.txt\nA\tkeys/note.txt\nA\tside.txt\n",
    );
    expect(git(root, "show", `${HEADS}/main:keys/deep/server.key`)).toBe("k\n");
    expect(git(root, "merge-base", head, `${HEADS}/main`).trim()).toBe(head);
    expect(git(root, "log", "-1", "--format=%an %ae %ad %cd %B", "--date=raw", `${HEADS}/main^1`)).toBe(
      git(folder, "log", "-1", "--format=%an %ae %ad %cd %B", "--date=raw", "main^1"),
    );
    expect(git(root, "rev-parse", "refs/coop/shop/coder/tags/v1^{commit}")).toBe(
      git(root, "rev-parse", `${HEADS}/main`),
    );
    expect(git(root, "fsck", "--strict")).not.toMatch(/error|missing/);
    expect((await fetch()).brought.every(({ state }) => state === "unchanged")).toBe(true);
  });

  it.for([
    ["the hidden file itself", "config/.env", "config/.env"],
    ["a file that only differs in case", ".ENV", ".env"],
    ["a file where a hidden folder is", "keys", "keys"],
    ["a folder where a hidden file is", "config/.env/x", "config/.env"],
  ] as const)("refuses by name %s, and brings the other branch", async ([, path, named]) => {
    const root = aRepository(files);
    const { folder, fetch } = await aSandbox(root);
    git(folder, "checkout", "-q", "-b", "bad");
    put(folder, { [path]: "mine\n" });
    commitAll(folder, "Bad");
    git(folder, "checkout", "-q", "main");
    put(folder, { "a.txt": "good\n" });
    commitAll(folder, "Good");
    const { brought, refused } = await fetch();
    expect(brought.map(({ name }) => name)).toEqual(["heads/main"]);
    expect(refused.map(({ name, reasons }) => [name, reasons[0]?.path])).toEqual([["heads/bad", named]]);
    expect(git(root, "show", `${HEADS}/main:.env`)).toBe("S=1\n");
  });

  it("refuses a commit that names a hidden object, also from a server that leaves it out of the pack", async () => {
    const root = aRepository(files);
    const { folder, fetch } = await aSandbox(root);
    const secret = git(root, "rev-parse", "HEAD:config/.env").trim();
    const index = gitWith(folder, { input: `100644 blob ${secret}\tpublic.txt\n` }, "mktree", "--missing").trim();
    const commit = git(folder, "commit-tree", "-p", "HEAD", "-m", "Window", index).trim();
    git(folder, "update-ref", "refs/heads/main", commit);
    await expect(fetch()).rejects.toThrow(/could not be fetched/);

    const hook = join(temporaryFolder("liar"), "pack.sh");
    writeFileSync(hook, '#!/bin/sh\nexec "$@" --missing=allow-any\n', { mode: 0o755 });
    const command = [
      "git",
      "-c",
      "safe.directory=*",
      "-c",
      `uploadpack.packObjectsHook=${hook}`,
      "upload-pack",
      `${folder}/.git`,
    ];
    const naive = join(temporaryFolder("naive"), "n.git");
    git("/", "clone", "-q", "--bare", "--shared", root, naive);
    git(
      naive,
      "-c",
      "protocol.ext.allow=always",
      "fetch",
      "-q",
      `ext::${command.join(" ")}`,
      "+refs/heads/*:refs/in/*",
    );
    expect(git(naive, "show", "refs/in/main:public.txt")).toBe("S=2\n");

    const { brought, refused } = await fetch({ upload: { command, environment: {} } });
    expect(brought).toEqual([]);
    expect(refused[0]?.reasons[0]?.why).toContain(secret);
    expect(git(root, "for-each-ref", "refs/coop")).toBe("");
  });

  it("puts work onto a commit that only the pin keeps", async () => {
    const root = aRepository(files);
    const { folder, fetch, origin } = await aSandbox(root);
    await pinOrigin(aHost(), { root, project: "shop", agent: "coder" }, origin, new AbortController().signal);
    git(root, "commit", "-q", "--amend", "-m", "Amended");
    git(root, "reflog", "expire", "--expire=now", "--all");
    git(root, "gc", "-q", "--prune=now");
    put(folder, { "a.txt": "2\n" });
    commitAll(folder, "Work");
    expect((await fetch()).brought.map(({ name }) => name)).toEqual(["heads/main"]);
  });
});

describe("what is flagged", () => {
  it("names what the host runs or obeys", async () => {
    const root = aRepository({ "package.json": '{"scripts":{"test":"x"}}', "other/package.json": '{"version":"1"}' });
    const { folder, fetch } = await aSandbox(root);
    put(folder, {
      ".envrc": "x",
      ".githooks/pre-commit": "x",
      ".vscode/tasks.json": "{}",
      ".github/workflows/ci.yml": "x",
      "package.json": '{"scripts":{"test":"y"}}',
      "other/package.json": '{"version":"2"}',
      Makefile: "x",
      ".gitattributes": "x",
      "coop.yaml": "x",
      "src/ordinary.ts": "x",
    });
    commitAll(folder, "Work");
    const [main] = (await fetch()).brought;
    expect(main?.flagged.map(({ path }) => path)).toEqual([
      ".envrc",
      ".gitattributes",
      ".githooks/pre-commit",
      ".github/workflows/ci.yml",
      ".vscode/tasks.json",
      "Makefile",
      "coop.yaml",
      "package.json",
    ]);
  });
});

describe("what is refused", () => {
  it.for([
    ["an absolute link", "/etc/passwd"],
    ["a link out of the tree", "../../outside"],
    ["a link that climbs behind another", "down/../../../outside"],
    ["a link into .git", ".git/config"],
  ] as const)("%s, also when a later commit takes it back", async ([, target]) => {
    const root = aRepository({ "a.txt": "1\n" });
    const { folder, fetch } = await aSandbox(root);
    symlinkSync(target, join(folder, "link"));
    commitAll(folder, "Link");
    git(folder, "rm", "-q", "link");
    commitAll(folder, "Remove");
    const { brought, refused } = await fetch();
    expect(brought).toEqual([]);
    expect(refused[0]?.reasons[0]?.path).toBe("link");
    expect(git(root, "for-each-ref", "refs/coop")).toBe("");
  });

  it.for([".git", ".GIT", ".Git ", "git~1", "GIT~1", ".g\u200cit", "..", ".git."])(
    "a tree with a folder named %j",
    async (name) => {
      const root = aRepository({ "a.txt": "1\n" });
      const { folder, fetch } = await aSandbox(root);
      const blob = gitWith(folder, { input: "[core]\n" }, "hash-object", "-w", "--stdin").trim();
      const inner = gitWith(folder, { input: `100644 blob ${blob}\tconfig\n` }, "mktree").trim();
      const entry = Buffer.concat([Buffer.from(`40000 ${name}\0`), Buffer.from(inner, "hex")]);
      const tree = gitWith(
        folder,
        { input: entry },
        "hash-object",
        "-t",
        "tree",
        "-w",
        "--literally",
        "--stdin",
      ).trim();
      git(
        folder,
        "update-ref",
        "refs/heads/main",
        git(folder, "commit-tree", "-p", "HEAD", "-m", "Trick", tree).trim(),
      );
      const outcome = await fetch().then(
        ({ brought, refused }) => ({ brought, refused: refused.length > 0 }),
        (cause: Error) => ({ brought: [], refused: /git refuses|could not be fetched/.test(cause.message) }),
      );
      expect(outcome).toEqual({ brought: [], refused: true });
      expect(git(root, "for-each-ref", "refs/coop")).toBe("");
    },
  );

  it("a submodule, and any change of .gitmodules", async () => {
    const root = aRepository({ "a.txt": "1\n" });
    const { folder, fetch } = await aSandbox(root);
    git(folder, "update-index", "--add", "--cacheinfo", `160000,${git(folder, "rev-parse", "HEAD").trim()},lib`);
    put(folder, { ".gitmodules": '[submodule "x"]\n\tpath = lib\n\turl = ../elsewhere\n' });
    git(folder, "add", ".gitmodules");
    git(folder, "commit", "-qm", "Submodule");
    const { refused } = await fetch();
    expect(refused[0]?.reasons.map(({ path }) => path)).toEqual([".gitmodules", "lib"]);
  });
});
