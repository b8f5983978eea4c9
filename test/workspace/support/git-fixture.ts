import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";
import type { Host } from "../../../src/workspace/git/host.ts";

/** A folder that is gone when the test is over. */
export function temporaryFolder(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), `coop-${name}-`));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }), 120_000);
  return folder;
}

export function aHost(): Host {
  return {
    environment: { PATH: process.env["PATH"], HOME: temporaryFolder("home") },
    cacheFolder: temporaryFolder("cache"),
  };
}

/** Runs git as a user would, with an identity and without the machine's own settings. */
export function git(folder: string, ...args: readonly string[]): string {
  return gitWith(folder, {}, ...args);
}

export function gitWith(
  folder: string,
  options: { readonly input?: string | Buffer; readonly env?: Record<string, string>; readonly failing?: boolean },
  ...args: readonly string[]
): string {
  const env = {
    PATH: process.env["PATH"] ?? "",
    HOME: "/nonexistent",
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_AUTHOR_NAME: "Ann",
    GIT_AUTHOR_EMAIL: "ann@example.org",
    GIT_COMMITTER_NAME: "Ann",
    GIT_COMMITTER_EMAIL: "ann@example.org",
    ...options.env,
  };
  const call = ["-c", "safe.directory=*", "-c", "init.defaultBranch=main", "-c", "protocol.file.allow=always", ...args];
  const settings = {
    cwd: folder,
    env,
    input: options.input ?? "",
    encoding: "latin1",
    maxBuffer: 1 << 28,
    stdio: "pipe",
  } as const;
  return options.failing === true ? spawnSync("git", call, settings).stdout : execFileSync("git", call, settings);
}

/** Writes files by relative path. */
export function put(folder: string, files: Readonly<Record<string, string | Buffer>>): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
}

/** A repository whose one commit holds these files. */
export function aRepository(files: Readonly<Record<string, string | Buffer>>): string {
  const folder = temporaryFolder("repo");
  git(folder, "init", "-q");
  put(folder, files);
  commitAll(folder, "First");
  return folder;
}

export function commitAll(folder: string, message: string): string {
  git(folder, "add", "-Af");
  git(folder, "commit", "-q", "--allow-empty", "-m", message);
  return git(folder, "rev-parse", "HEAD").trim();
}
