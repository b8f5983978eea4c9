import { chmodSync, existsSync, lstatSync, readFileSync, readlinkSync, rmSync, symlinkSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { aRepository, commitAll, git, put, temporaryFolder } from "./support/git-fixture.ts";
import { aRequest, holds, unpackedView } from "./support/unpack-view.ts";

// Every case starts git a few dozen times.
vi.setConfig({ testTimeout: 60_000 });

const CANARY = "canary-4be1f2a9";

describe("a view of an ordinary repository", () => {
  it("is a clean repository with the host's branch, commit and history", async () => {
    const root = aRepository({ "a.txt": "1\n", "src/deep/b.txt": "2\n" });
    git(root, "checkout", "-q", "-b", "feature/x");
    put(root, { "a.txt": "2\n" });
    const commit = commitAll(root, "Second");
    const { folder, view } = await unpackedView(aRequest(root));
    expect(view.kind).toBe("history");
    expect(git(folder, "status", "--porcelain")).toBe("");
    expect(git(folder, "rev-parse", "HEAD").trim()).toBe(commit);
    expect(git(folder, "symbolic-ref", "HEAD").trim()).toBe("refs/heads/feature/x");
    expect(git(folder, "log", "--format=%s").trim().split("\n")).toEqual(["Second", "First"]);
    expect(git(folder, "fsck", "--strict")).toBe("");
    expect(git(folder, "remote")).toBe("");
    expect(existsSync(join(folder, ".git/objects/info/alternates"))).toBe(false);
  });

  it("shows the same modifications as the host: staged, changed, deleted, untracked", async () => {
    const root = aRepository({
      "staged.txt": "1\n",
      "changed.txt": "1\n",
      "gone.txt": "1\n",
      "removed.txt": "1\n",
      "mode.sh": "1\n",
      "kept.txt": "1\n",
      ".gitignore": "node_modules/\n",
    });
    put(root, { "staged.txt": "2\n", "new-staged.txt": "n\n" });
    git(root, "add", "staged.txt", "new-staged.txt");
    git(root, "rm", "-q", "--cached", "removed.txt");
    put(root, { "changed.txt": "2\n", "untracked/x.txt": "u\n", "node_modules/m/index.js": "m\n" });
    chmodSync(join(root, "mode.sh"), 0o755);
    rmSync(join(root, "gone.txt"));
    const { folder } = await unpackedView(aRequest(root));
    expect(git(folder, "status", "--porcelain", "-uall")).toBe(git(root, "status", "--porcelain", "-uall"));
    expect(git(folder, "diff", "HEAD")).toBe(git(root, "diff", "HEAD"));
    expect(existsSync(join(folder, "node_modules"))).toBe(false);
  });

  it("shows an edit of the very second in which the index was written, of the same length", async () => {
    const root = aRepository({ "changed.txt": "1\n", "kept.txt": "1\n" });
    const second = new Date(1_700_000_000_000);
    const stamp = (...names: readonly string[]): void =>
      names.forEach((name) => utimesSync(join(root, name), second, second));
    stamp("changed.txt", "kept.txt");
    git(root, "update-index", "--refresh");
    put(root, { "changed.txt": "2\n" });
    stamp("changed.txt", ".git/index");
    const { folder } = await unpackedView(aRequest(root));
    expect(readFileSync(join(folder, "changed.txt"), "utf8")).toBe("2\n");
    expect(git(folder, "status", "--porcelain")).toBe(" M changed.txt\n");
  });

  it("leaves hidden untracked files on the host", async () => {
    const root = aRepository({ "a.txt": "1\n", ".gitignore": ".env\n" });
    put(root, {
      ".env": CANARY,
      "deep/secrets/x": CANARY,
      "server.pem": CANARY,
      "mine.txt": CANARY,
      ".coopignore": "mine.txt\n",
    });
    const { folder, view } = await unpackedView(aRequest(root));
    expect(view.kind).toBe("history");
    expect(holds(folder, CANARY)).toBe(false);
    expect(view.hidden.map(({ path, by }) => [path, by.source])).toEqual([
      ["deep/secrets/x", "built-in"],
      ["mine.txt", ".coopignore"],
      ["server.pem", "built-in"],
    ]);
  });
});

describe("a view of a repository with secrets in git", () => {
  it("is one commit without a hidden file of the tree", async () => {
    const root = aRepository({ "a.txt": "1\n", "config/.env": CANARY });
    const { folder, view, origin } = await unpackedView(aRequest(root));
    expect(view.kind).toBe("filtered");
    expect(holds(root, CANARY)).toBe(true);
    expect(holds(folder, CANARY)).toBe(false);
    expect(git(folder, "status", "--porcelain")).toBe("");
    expect(git(folder, "rev-list", "--count", "HEAD").trim()).toBe("1");
    expect(git(folder, "ls-files").trim()).toBe("a.txt");
    expect(origin.hiddenPaths).toEqual(["config/.env"]);
  });

  it("is one commit when only the history holds one, also through a merge that nobody else made", async () => {
    const root = aRepository({ "a.txt": "1\n" });
    git(root, "checkout", "-q", "-b", "side");
    put(root, { b: "b\n" });
    commitAll(root, "Side");
    git(root, "checkout", "-q", "main");
    put(root, { c: "c\n" });
    commitAll(root, "Main");
    git(root, "merge", "-q", "--no-commit", "side");
    put(root, { ".env": CANARY });
    commitAll(root, "Merge");
    git(root, "rm", "-q", ".env");
    commitAll(root, "Remove");
    const request = aRequest(root);
    const { folder, view } = await unpackedView(request);
    expect(view).toMatchObject({ kind: "filtered", filteredBecause: ".env" });
    expect(holds(root, CANARY)).toBe(true);
    expect(holds(folder, CANARY)).toBe(false);
    expect((await unpackedView(request)).view.kind).toBe("filtered");
  });
});

describe("names and kinds of files", () => {
  it("keeps odd names, modes, links and empty files exactly", async () => {
    const names = [
      "new\nline",
      "-dash",
      "a:b,c",
      "caf\u{e9}",
      "cafe\u{301}",
      "Case",
      "case",
      " space ",
      'quo"te',
      "tab\t",
      `${"long/".repeat(40)}file`,
      "empty",
    ];
    const root = aRepository(Object.fromEntries(names.map((name) => [name, name === "empty" ? "" : name])));
    chmodSync(join(root, "-dash"), 0o755);
    symlinkSync("Case", join(root, "link"));
    symlinkSync("../-dash", join(root, "long/up"));
    symlinkSync("dangling", join(root, "nowhere"));
    commitAll(root, "More");
    put(root, { "untracked\nname": "u" });
    const { folder } = await unpackedView(aRequest(root));
    expect(git(folder, "status", "--porcelain", "-z")).toBe("?? untracked\nname\0");
    for (const name of names) expect(readFileSync(join(folder, name), "utf8")).toBe(name === "empty" ? "" : name);
    expect(lstatSync(join(folder, "-dash")).mode & 0o777).toBe(0o755);
    expect(readlinkSync(join(folder, "long/up"))).toBe("../-dash");
  });

  it("leaves out links that lead out or to something hidden, without making them look deleted", async () => {
    const root = aRepository({ "a.txt": "1\n" });
    symlinkSync("/etc/passwd", join(root, "absolute"));
    symlinkSync("../../elsewhere", join(root, "relative"));
    symlinkSync("private", join(root, "window"));
    commitAll(root, "Links");
    put(root, { private: CANARY, ".coopignore": "private\n" });
    const { folder, view } = await unpackedView(aRequest(root));
    expect(view.leftOut).toEqual([
      { path: "absolute", reason: "link-outside" },
      { path: "relative", reason: "link-outside" },
      { path: "window", reason: "link-to-hidden" },
    ]);
    expect(git(folder, "status", "--porcelain")).toBe("?? .coopignore\n");
    expect(existsSync(join(folder, "window"))).toBe(false);
  });

  it("hides what a hidden name links to", async () => {
    const root = aRepository({ "a.txt": "1\n" });
    put(root, { "settings/live.txt": CANARY });
    symlinkSync("settings/live.txt", join(root, ".env"));
    const { folder } = await unpackedView(aRequest(root));
    expect(holds(folder, CANARY)).toBe(false);
  });
});

describe("unusual repositories", () => {
  it("serves one without commits", async () => {
    const root = temporaryFolder("unborn");
    git(root, "init", "-q", "-b", "trunk");
    put(root, { "a.txt": "1\n", "b.txt": "2\n", ".env": CANARY });
    git(root, "add", "a.txt");
    const { folder, view } = await unpackedView(aRequest(root));
    expect(view.kind).toBe("unborn");
    expect(git(folder, "status", "--porcelain", "-b")).toBe("## No commits yet on trunk\nA  a.txt\n?? b.txt\n");
    expect(holds(folder, CANARY)).toBe(false);
  });

  it("serves a folder without git as one commit", async () => {
    const root = temporaryFolder("plain");
    put(root, { "a.txt": "1\n", "sub/b.txt": "2\n", ".env": CANARY });
    const { folder, view } = await unpackedView(aRequest(root));
    expect(view.kind).toBe("plain");
    expect(git(folder, "status", "--porcelain")).toBe("");
    expect(git(folder, "ls-files").trim()).toBe("a.txt\nsub/b.txt");
    expect(holds(folder, CANARY)).toBe(false);
  });

  it("serves a detached HEAD on a branch of its own", async () => {
    const root = aRepository({ "a.txt": "1\n" });
    git(root, "checkout", "-q", "--detach");
    const { folder, view } = await unpackedView(aRequest(root));
    expect(view.branch).toBe(`detached-${view.commit?.slice(0, 12)}`);
    expect(git(folder, "status", "--porcelain")).toBe("");
  });

  it("serves a linked work tree, a shallow clone and a sparse checkout", async () => {
    const root = aRepository({ "a.txt": "1\n", "big/b.txt": "2\n" });
    put(root, { "a.txt": "2\n" });
    const commit = commitAll(root, "Second");
    const linked = join(temporaryFolder("linked"), "w");
    git(root, "worktree", "add", "-q", "-b", "other", linked);
    const first = await unpackedView(aRequest(linked));
    expect(git(first.folder, "symbolic-ref", "--short", "HEAD").trim()).toBe("other");
    expect(git(first.folder, "rev-list", "--count", "HEAD").trim()).toBe("2");

    const shallow = join(temporaryFolder("shallow"), "s");
    git("/", "clone", "-q", "--depth=1", `file://${root}`, shallow);
    const second = await unpackedView(aRequest(shallow));
    expect(git(second.folder, "rev-list", "HEAD").trim()).toBe(commit);
    expect(git(second.folder, "fsck")).toBe("");

    git(root, "sparse-checkout", "set", "nothing");
    const third = await unpackedView(aRequest(root));
    expect(existsSync(join(third.folder, "big"))).toBe(false);
    expect(git(third.folder, "status", "--porcelain")).toBe("");
  });

  it("leaves a submodule as an empty folder and says so", async () => {
    const inner = aRepository({ "in.txt": "1\n" });
    const root = aRepository({ "a.txt": "1\n" });
    git(root, "submodule", "--quiet", "add", inner, "lib");
    commitAll(root, "Submodule");
    const { folder, view } = await unpackedView(aRequest(root));
    expect(view.leftOut).toEqual([{ path: "lib", reason: "submodule" }]);
    expect(git(folder, "status", "--porcelain")).toBe("");
    expect(lstatSync(join(folder, "lib")).isDirectory()).toBe(true);
  });

  it("takes another ref as it is, without the work tree's changes", async () => {
    const root = aRepository({ "a.txt": "1\n" });
    git(root, "branch", "release");
    put(root, { "a.txt": "2\n" });
    commitAll(root, "Second");
    put(root, { "dirty.txt": "d\n" });
    const { folder, view } = await unpackedView(aRequest(root, { ref: "release" }));
    expect(view).toMatchObject({ overlaid: false, branch: "release" });
    expect(readFileSync(join(folder, "a.txt"), "utf8")).toBe("1\n");
    expect(existsSync(join(folder, "dirty.txt"))).toBe(false);
  });
});
