import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

/** A program to compare with, or why there is none. */
export type Peer =
  | { readonly kind: "there"; readonly path: string; readonly name: string }
  | { readonly kind: "missing"; readonly why: string };

const VERSION = "v5.4.0";
const MODULE = "github.com/docker/compose/v5";

/**
 * Makes sure of docker compose of exactly one version, built from its Go module into the user's cache: a package of a
 * distribution would be another version on every machine.
 */
export function peerCompose(say: (line: string) => void): Peer {
  const cache = join(process.env["XDG_CACHE_HOME"] || join(homedir(), ".cache"), "coop", "bench");
  const path = join(cache, `docker-compose-${VERSION}`);
  const name = `docker compose ${VERSION}`;
  if (existsSync(path)) return { kind: "there", path, name };
  const go = findGo();
  if (go === null)
    return { kind: "missing", why: `no Go tool-chain is here to build ${name} with; install Go 1.25 or later` };
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, "build-"));
  try {
    say(`building ${name} into ${cache} (a minute or some; once)`);
    for (const args of [
      ["mod", "init", "peer"],
      ["get", `${MODULE}@${VERSION}`],
      [
        "build",
        "-mod=mod",
        "-ldflags",
        `-s -w -X ${MODULE}/internal.Version=${VERSION}`,
        "-o",
        "docker-compose",
        `${MODULE}/cmd`,
      ],
    ]) {
      const ended = spawnSync(go, args, { cwd: folder, encoding: "utf8", env: { ...process.env, GOFLAGS: "" } });
      if (ended.status !== 0)
        return {
          kind: "missing",
          why: `\`go ${args.slice(0, 2).join(" ")}\` failed: ${ended.stderr.trim().split("\n").at(-1) ?? ""}`,
        };
    }
    chmodSync(join(folder, "docker-compose"), 0o755);
    renameSync(join(folder, "docker-compose"), path);
    return { kind: "there", path, name };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function findGo(): string | null {
  return (
    ["go", "/usr/local/go/bin/go", "/usr/lib/go/bin/go"].find((each) => spawnSync(each, ["version"]).status === 0) ??
    null
  );
}
