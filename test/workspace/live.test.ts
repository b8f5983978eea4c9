import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { compileIgnore } from "../../src/workspace/ignore/ignore-rules.ts";
import type { IgnoreMatcher } from "../../src/workspace/ignore/matcher.ts";
import { findHidden } from "../../src/workspace/live/find-hidden.ts";
import { liveShadows } from "../../src/workspace/live/live-shadows.ts";
import type { LiveShadows } from "../../src/workspace/live/live-shadows.ts";
import { watchLive } from "../../src/workspace/live/watch-live.ts";
import { put, temporaryFolder } from "./support/git-fixture.ts";

vi.setConfig({ testTimeout: 60_000 });

function aMatcher(): IgnoreMatcher {
  const compiled = compileIgnore({
    rules: { builtin: true, patterns: [], allow: [] },
    agentPatterns: [],
    fileFolder: "",
    coopignoreFiles: [],
  });
  if (!compiled.ok) throw new Error("the built-in list is broken");
  return compiled.value.matcher;
}

async function shadowsOf(root: string): Promise<LiveShadows> {
  const { hidden, repositories } = await findHidden(root, "", aMatcher(), 1000, new AbortController().signal);
  return liveShadows(hidden, repositories);
}

describe("what is covered in a live tree", () => {
  it("is every hidden thing, ignored by git or not, with every folder above it as a mount", async () => {
    const root = temporaryFolder("live");
    put(root, {
      "a/b/.env": "",
      "a/secrets/x": "",
      "a/secrets/.env": "",
      "node_modules/m/.npmrc": "",
      ".git/config": "",
      "vendor/lib/.git": "gitdir: x",
      "src/x.ts": "",
      "real/settings": "",
    });
    symlinkSync("real/settings", join(root, ".envrc"));
    expect(await shadowsOf(root)).toEqual({
      shadows: [
        { path: "a/b/.env", kind: "file" },
        { path: "a/secrets", kind: "folder" },
        { path: "node_modules/m/.npmrc", kind: "file" },
        { path: "real/settings", kind: "file" },
      ],
      mountPoints: ["a", "a/b", "node_modules", "node_modules/m", "real", "vendor", "vendor/lib"],
      repositories: [
        { path: ".git", kind: "folder" },
        { path: "vendor/lib/.git", kind: "file" },
      ],
    });
  });
});

describe("the watch over a live tree", () => {
  const save = (root: string, path: string): void => {
    writeFileSync(join(root, `${path}.tmp~`), "new");
    renameSync(join(root, `${path}.tmp~`), join(root, path));
  };

  it.for([
    ["an atomic save over a secret", (root: string) => save(root, "a/.env"), { kind: "lost-shadow", path: "a/.env" }],
    [
      "a secret that is deleted",
      (root: string) => rmSync(join(root, "a/.env")),
      { kind: "lost-shadow", path: "a/.env" },
    ],
    [
      "a folder above a secret that is renamed",
      (root: string) => renameSync(join(root, "a"), join(root, "z")),
      { kind: "lost-shadow", path: "a" },
    ],
    [
      "a covered folder that is made anew",
      (root: string) => (rmSync(join(root, "secrets"), { recursive: true }), mkdirSync(join(root, "secrets"))),
      { kind: "lost-shadow", path: "secrets" },
    ],
    [
      ".git that is replaced",
      (root: string) => (renameSync(join(root, ".git"), join(root, "g")), mkdirSync(join(root, ".git"))),
      { kind: "lost-shadow", path: ".git" },
    ],
    [
      "a new secret",
      (root: string) => writeFileSync(join(root, "src/server.pem"), ""),
      { kind: "new-match", path: "src/server.pem" },
    ],
    [
      "a new folder with a secret deep inside",
      (root: string) => put(root, { "new/deep/down/.env": "" }),
      { kind: "new-match", path: "new/deep/down/.env" },
    ],
    [
      "a file renamed to a secret's name",
      (root: string) => renameSync(join(root, "src/x.ts"), join(root, "src/.npmrc")),
      { kind: "new-match", path: "src/.npmrc" },
    ],
    [
      "a new link under a secret's name",
      (root: string) => symlinkSync("x.ts", join(root, "src/.env")),
      { kind: "new-match", path: "src/x.ts" },
    ],
    [
      "new rules",
      (root: string) => writeFileSync(join(root, "src/.coopignore"), "x"),
      { kind: "rules-changed", path: "src/.coopignore" },
    ],
  ] as const)("sees %s", async ([, change, event]) => {
    const root = temporaryFolder("watched");
    put(root, { "a/.env": "old", "secrets/x": "old", "src/x.ts": "x", ".git/HEAD": "x" });
    const abort = new AbortController();
    onTestFinished(() => abort.abort());
    const events = await watchLive(
      { root, shadows: await shadowsOf(root), matcher: aMatcher(), maxFolders: 1000 },
      abort.signal,
    );
    writeFileSync(join(root, "src/ordinary.ts"), "x");
    writeFileSync(join(root, "a/.env"), "written in place");
    change(root);
    const kinds = new Set<string>();
    for await (const each of events) {
      kinds.add(each.kind);
      if (each.path === event.path) abort.abort();
    }
    expect([...kinds]).toContain(event.kind);
  });

  it("reports what happened between the decision and the watch, and ends with its signal", async () => {
    const root = temporaryFolder("late");
    put(root, { "a/x": "" });
    const shadows = await shadowsOf(root);
    put(root, { "a/.env": "" });
    const abort = new AbortController();
    const seen: unknown[] = [];
    for await (const event of await watchLive({ root, shadows, matcher: aMatcher(), maxFolders: 1000 }, abort.signal)) {
      seen.push(event);
      abort.abort();
    }
    expect(seen).toEqual([{ kind: "new-match", path: "a/.env" }]);
  });

  it("refuses a tree with more folders than it may watch", async () => {
    const root = temporaryFolder("large");
    put(root, { "a/b/c/d": "" });
    await expect(
      watchLive(
        { root, shadows: liveShadows([], []), matcher: aMatcher(), maxFolders: 2 },
        new AbortController().signal,
      ),
    ).rejects.toThrow(/cannot watch them all/);
  });
});

it("leaves no watch behind when it ends, however often a folder was taken", async () => {
  const root = temporaryFolder("ended");
  put(root, { "src/x.ts": "x", "src/y.ts": "y" });
  const open = (): number => process.getActiveResourcesInfo().filter((each) => each.includes("FSEvent")).length;
  const before = open();
  const abort = new AbortController();
  const events = await watchLive(
    { root, shadows: await shadowsOf(root), matcher: aMatcher(), maxFolders: 1000 },
    abort.signal,
  );
  for (const name of ["one", "two", "three"]) symlinkSync("x.ts", join(root, "src", name));
  symlinkSync("y.ts", join(root, "src/.env"));
  for await (const { path } of events) if (path === "src/y.ts") break;
  abort.abort();
  await vi.waitFor(() => expect(open()).toBe(before), { timeout: 10_000 });
});
