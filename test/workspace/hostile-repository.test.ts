import { execFileSync } from "node:child_process";
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { aRepository, commitAll, git, put, temporaryFolder } from "./support/git-fixture.ts";
import { aSandbox } from "./support/sandbox-work.ts";
import { aRequest, holds, unpackedView } from "./support/unpack-view.ts";

// Every case starts git a few dozen times.
vi.setConfig({ testTimeout: 60_000 });

const HOOKS = [
  "post-index-change",
  "reference-transaction",
  "post-checkout",
  "pre-auto-gc",
  "post-merge",
  "fsmonitor-watchman",
  "post-rewrite",
  "pre-commit",
  "post-commit",
];

/** A repository whose own settings run `marker` wherever git lets settings run something. */
function aTrap(): { readonly root: string; readonly triggered: () => readonly string[]; readonly reset: () => void } {
  const root = aRepository({
    "a.txt": "1\n",
    "b.txt": "1\n",
    "c.bin": "1\n",
    ".gitattributes": "*.txt filter=trap diff=trap\n*.bin filter=process\n",
  });
  const marks = temporaryFolder("marks");
  const trap = (name: string): string => {
    const script = join(marks, `${name}.sh`);
    writeFileSync(script, `#!/bin/sh\ntouch "${marks}/${name}.hit"\nexit 1\n`);
    chmodSync(script, 0o755);
    return script;
  };
  for (const hook of HOOKS) symlinkSync(trap(`hook-${hook}`), join(root, ".git/hooks", hook));
  const included = join(temporaryFolder("included"), "config");
  writeFileSync(included, `[diff]\n\texternal = ${trap("include-diff")}\n`);
  const config: Readonly<Record<string, string>> = {
    "core.fsmonitor": trap("fsmonitor"),
    "filter.trap.clean": trap("clean"),
    "filter.trap.smudge": trap("smudge"),
    "filter.process.process": trap("process"),
    "diff.trap.textconv": trap("textconv"),
    "diff.trap.command": trap("diff-command"),
    "core.sshCommand": trap("ssh"),
    "core.gitProxy": trap("proxy"),
    "core.askPass": trap("askpass"),
    "core.pager": trap("pager"),
    "core.editor": trap("editor"),
    "core.alternateRefsCommand": trap("alternates"),
    "credential.helper": trap("credential"),
    "gpg.program": trap("gpg"),
    "log.showSignature": "true",
    "uploadpack.packObjectsHook": trap("pack-objects"),
    "remote.origin.uploadpack": trap("uploadpack"),
    "remote.origin.url": `ext::${trap("ext")}`,
    "remote.origin.promisor": "true",
    "protocol.ext.allow": "always",
    "include.path": included,
  };
  for (const [key, value] of Object.entries(config)) git(root, "config", key, value);
  put(root, { "a.txt": "2\n", "c.bin": "2\n" });
  utimesSync(join(root, "b.txt"), 1, 1);
  const triggered = (): readonly string[] => readdirSync(marks).filter((name) => name.endsWith(".hit"));
  return { root, triggered, reset: () => triggered().forEach((name) => unlinkSync(join(marks, name))) };
}

describe("a repository whose settings run programs", () => {
  it("runs them for a plain git, and none for a view or a fetch", async () => {
    const { root, triggered, reset } = aTrap();
    for (const args of [
      ["status"],
      ["hash-object", "a.txt"],
      ["hash-object", "c.bin"],
      ["cat-file", "--textconv", "HEAD:a.txt"],
      ["fetch"],
      ["update-ref", "refs/x", "HEAD"],
      ["-c", "core.fsmonitor=", "read-tree", "HEAD"],
      ["-c", "filter.process.process=", "diff", "c.bin"],
    ]) {
      try {
        git(root, ...args);
      } catch {
        // The traps make git fail; that they ran is what counts.
      }
    }
    expect(triggered()).toEqual(
      expect.arrayContaining([
        "clean.hit",
        "fsmonitor.hit",
        "hook-post-index-change.hit",
        "hook-reference-transaction.hit",
        "include-diff.hit",
        "process.hit",
        "textconv.hit",
        "ext.hit",
      ]),
    );
    reset();
    const { folder, fetch, view } = await aSandbox(root);
    expect(view.files.length).toBe(4);
    put(folder, { "d.txt": "work\n" });
    commitAll(folder, "Work");
    expect((await fetch()).brought).toHaveLength(1);
    expect(triggered()).toEqual([]);
    expect(
      git(folder, "config", "--list", "--local")
        .split("\n")
        .filter((line) => line !== "" && !line.startsWith("core.")),
    ).toEqual([]);
    expect(execFileSync("find", [join(folder, ".git/hooks"), "-type", "f"], { encoding: "utf8" })).toBe("");
  });
});

describe("a folder that borrows another repository", () => {
  const victim = (): string => aRepository({ "private.txt": "canary-77\n" });

  it.for([
    ["by a .git file", (root: string, other: string) => writeFileSync(join(root, ".git"), `gitdir: ${other}/.git\n`)],
    ["by a .git link", (root: string, other: string) => symlinkSync(join(other, ".git"), join(root, ".git"))],
    [
      "by commondir",
      (root: string, other: string) => {
        mkdirSync(join(root, ".git"));
        put(root, { ".git/HEAD": "ref: refs/heads/main\n", ".git/commondir": `${other}/.git\n` });
      },
    ],
    [
      "by linked parts",
      (root: string, other: string) => {
        mkdirSync(join(root, ".git"));
        put(root, { ".git/HEAD": "ref: refs/heads/main\n" });
        for (const name of ["objects", "refs"]) symlinkSync(join(other, ".git", name), join(root, ".git", name));
      },
    ],
  ] as const)("%s is refused, though git itself follows", async ([, borrow]) => {
    const other = victim();
    const root = temporaryFolder("borrower");
    borrow(root, other);
    expect(git(root, "show", "HEAD:private.txt")).toBe("canary-77\n");
    await expect(unpackedView(aRequest(root))).rejects.toThrow(/cannot be trusted/);
  });

  it("by core.worktree gets its own folder, not that one", async () => {
    const other = victim();
    put(other, { "untracked.txt": "canary-78\n" });
    const root = aRepository({ "a.txt": "1\n" });
    git(root, "config", "core.worktree", other);
    expect(git(root, "ls-files", "--others")).toContain("untracked.txt");
    const { folder } = await unpackedView(aRequest(root));
    expect(holds(folder, "canary-78")).toBe(false);
    expect(git(folder, "status", "--porcelain")).toBe("");
  });
});

describe("a ref that is an option or a file", () => {
  it.for(["--all", "--upload-pack=x", "-h", "main:a.txt", "main..main", "nowhere", "HEAD^{tree}", "$(touch x)"])(
    "%s is refused",
    async (ref) => {
      const root = aRepository({ "a.txt": "1\n" });
      await expect(unpackedView(aRequest(root, { ref }))).rejects.toThrow(/names no commit/);
    },
  );
});

describe("a tree with names that reach into .git", () => {
  it("does not get them into the view", async () => {
    const root = aRepository({ "a.txt": "1\n" });
    const blob = git(root, "rev-parse", "HEAD:a.txt").trim();
    const inner = execFileSync("git", ["mktree"], {
      cwd: root,
      input: `100644 blob ${blob}\tconfig\n`,
      encoding: "utf8",
    }).trim();
    const entry = Buffer.concat([Buffer.from(`40000 .git\0`), Buffer.from(inner, "hex")]);
    const tree = execFileSync("git", ["hash-object", "-t", "tree", "-w", "--literally", "--stdin"], {
      cwd: root,
      input: entry,
      encoding: "utf8",
    }).trim();
    git(root, "update-ref", "refs/heads/evil", git(root, "commit-tree", "-m", "Evil", tree).trim());
    const outcome = await unpackedView(aRequest(root, { ref: "evil" })).then(
      ({ folder }) => git(folder, "config", "core.repositoryformatversion").trim(),
      () => "refused",
    );
    expect(["0", "refused"]).toContain(outcome);
  });
});

it("a file that became a link to a folder does not lead the copy out", async () => {
  const outside = temporaryFolder("outside");
  put(outside, { "x.txt": "canary-79\n" });
  const root = aRepository({ "sub/x.txt": "1\n" });
  rmSync(join(root, "sub"), { recursive: true });
  symlinkSync(outside, join(root, "sub"));
  const { folder, view } = await unpackedView(aRequest(root));
  expect(holds(folder, "canary-79")).toBe(false);
  expect(view.leftOut.map(({ reason }) => reason)).toEqual(["link-outside"]);
  expect(existsSync(join(folder, "sub"))).toBe(false);
});

it("secrets of a provider's shape are named by line, never by value", async () => {
  const key = `sk-ant-${"a1B2".repeat(8)}`;
  const root = aRepository({ "src/app.ts": `const ok = 1;\nconst key = "${key}";\n` });
  appendFileSync(join(root, "src/app.ts"), "");
  put(root, { "notes.md": `${["-----BEGIN", "RSA", "PRIVATE", "KEY-----"].join(" ")}\n` });
  const { findings } = await unpackedView(aRequest(root));
  expect(findings).toEqual([
    { path: "notes.md", line: 1, kind: "a private key" },
    { path: "src/app.ts", line: 2, kind: "an Anthropic key" },
  ]);
  expect(JSON.stringify(findings)).not.toContain(key);
});
