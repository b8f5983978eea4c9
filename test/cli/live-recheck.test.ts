import { linkSync, mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { misplaced, untilMissed } from "../../src/cli/live-recheck.ts";
import type { Guarded } from "../../src/cli/live-recheck.ts";
import type { IgnoreMatcher } from "../../src/workspace/ignore/matcher.ts";

function aTree(): Guarded {
  const root = mkdtempSync(join(tmpdir(), "coop-live-"));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  mkdirSync(join(root, "a/b"), { recursive: true });
  mkdirSync(join(root, ".git"));
  writeFileSync(join(root, "a/b/.env"), "secret");
  return {
    root,
    shadows: [{ path: "a/b/.env", kind: "file" }],
    mountPoints: ["a", "a/b"],
    repositories: [{ path: ".git", kind: "folder" }],
  };
}

const NOTHING_HIDDEN: IgnoreMatcher = { prunes: true, hides: () => ({ kind: "visible" }) };

it("finds every path in its place", () => {
  expect(misplaced(aTree())).toBeNull();
});

it.for([
  [
    "a folder above a cover",
    (root: string) => (renameSync(join(root, "a"), join(root, "z")), symlinkSync("/etc", join(root, "a"))),
    "a",
  ],
  [
    "a covered file",
    (root: string) => (rmSync(join(root, "a/b/.env")), symlinkSync("/etc/passwd", join(root, "a/b/.env"))),
    "a/b/.env",
  ],
  [
    "a repository",
    (root: string) => (rmSync(join(root, ".git"), { recursive: true }), symlinkSync("/root", join(root, ".git"))),
    ".git",
  ],
  [
    "a folder that became a file",
    (root: string) => (rmSync(join(root, ".git"), { recursive: true }), writeFileSync(join(root, ".git"), "")),
    ".git",
  ],
] as const)("names what was put elsewhere before the mount: %s", ([, change, path]) => {
  const tree = aTree();
  change(tree.root);
  expect(misplaced(tree)).toBe(path);
});

it("finds a replaced file of which no event told", async () => {
  const tree = aTree();
  const missed = untilMissed(tree, NOTHING_HIDDEN, 100, AbortSignal.timeout(30_000));
  writeFileSync(join(tree.root, "a/b/next"), "new");
  renameSync(join(tree.root, "a/b/next"), join(tree.root, "a/b/.env"));
  expect(await missed).toEqual({ kind: "lost-shadow", path: "a/b/.env" });
});

it("finds nothing where a file is only written, or gets a second name", async () => {
  const tree = aTree();
  const missed = untilMissed(tree, NOTHING_HIDDEN, 100, AbortSignal.timeout(1500));
  writeFileSync(join(tree.root, "a/b/.env"), "written in place");
  linkSync(join(tree.root, "a/b/.env"), join(tree.root, "a/b/second"));
  expect(await missed).toBeNull();
});
