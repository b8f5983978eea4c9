/**
 * How long the view of a 100,000-file repository takes, against `git clone --no-local` plus copying its untracked files.
 * Prints one JSON line a case: `first` reads the whole history for hidden names, the others know it; `null` and `file`
 * only produce the tar, `untar` unpacks it too. The target is a ratio of at most 1.5.
 * `node bench/workspace-view.ts [files] [rounds]`
 */
import { execFileSync, spawn } from "node:child_process";
import { createWriteStream, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { buildView } from "../src/workspace/view/build-view.ts";
import { viewTar } from "../src/workspace/view/view-tar.ts";

const files = Number(process.argv[2] ?? 100_000);
const rounds = Number(process.argv[3] ?? 3);
const base = mkdtempSync(join(tmpdir(), "coop-bench-view-"));
const environment = {
  PATH: process.env["PATH"] ?? "",
  HOME: base,
  GIT_CONFIG_NOSYSTEM: "1",
  GIT_AUTHOR_NAME: "b",
  GIT_AUTHOR_EMAIL: "b@b",
  GIT_COMMITTER_NAME: "b",
  GIT_COMMITTER_EMAIL: "b@b",
};
const signal = new AbortController().signal;

function git(folder: string, ...args: readonly string[]): void {
  execFileSync("git", ["-c", "gc.auto=0", ...args], { cwd: folder, env: environment, stdio: "ignore" });
}

/** Text that compresses about as source code does. */
function content(seed: number): string {
  let text = "";
  for (let line = 0; line < 12 + (seed % 60); line += 1)
    text += `export const value${seed}_${line} = compute(${(seed * 7919 + line * 104_729) % 1_000_003}, "name-${(seed * 31 + line) % 977}");\n`;
  return text;
}

function makeRepository(secretsInGit: boolean): string {
  const root = join(base, secretsInGit ? "tracked" : "untracked");
  for (let at = 0; at < files; at += 1) {
    const folder = join(root, `packages/p${at % 200}/src/m${Math.trunc(at / 200) % 25}`);
    if (at < 5000) mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, `file${at}.ts`), content(at));
  }
  const secret = (at: number): void => writeFileSync(join(root, `packages/p${at}/.env`), `SECRET=${at}\n`);
  git(base, "init", "-q", root);
  writeFileSync(join(root, ".gitignore"), secretsInGit ? "" : ".env\n");
  if (secretsInGit) for (let at = 0; at < 200; at += 1) secret(at);
  git(root, "add", "-A");
  git(root, "commit", "-q", "-m", "First");
  git(root, "repack", "-adq");
  for (let commit = 0; commit < 50; commit += 1) {
    writeFileSync(join(root, `packages/p${commit}/src/m0/file${commit}.ts`), content(commit + 1));
    git(root, "commit", "-qam", `Change ${commit}`);
  }
  if (!secretsInGit) for (let at = 0; at < 200; at += 1) secret(at);
  for (let at = 0; at < 1000; at += 1) writeFileSync(join(root, `packages/p${at % 200}/new${at}.ts`), content(at));
  for (let at = 0; at < 100; at += 1) writeFileSync(join(root, `packages/p${at}/src/m0/file${at}.ts`), content(at + 2));
  return root;
}

interface Cost {
  readonly wall: number;
  /** Of this process and all that it waited for: what a busy machine does not distort. */
  readonly cpu: number;
}

async function timed(work: () => Promise<void> | void): Promise<Cost> {
  const [wall, cpu] = [performance.now(), cpuMs()];
  await work();
  return { wall: performance.now() - wall, cpu: cpuMs() - cpu };
}

/** User and system time of this process and its ended children; the kernel counts in hundredths of a second. */
function cpuMs(): number {
  const fields = readFileSync("/proc/self/stat", "latin1")
    .replace(/^.*\) /s, "")
    .split(" ");
  return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks) * 10, 0);
}

async function peer(root: string): Promise<void> {
  const copy = join(base, "clone");
  git(base, "clone", "-q", "--no-local", root, copy);
  execFileSync(
    "sh",
    [
      "-c",
      'cd "$1" && git ls-files -z --others --exclude-standard | tar -c --null -T - | tar -x -C "$2"',
      "sh",
      root,
      copy,
    ],
    { env: environment },
  );
}

async function view(root: string, sink: "null" | "file" | "untar"): Promise<void> {
  const request = {
    host: { environment, cacheFolder: join(base, "cache") },
    root,
    ref: "HEAD",
    ignore: { builtin: true, patterns: [], allow: [] },
    agentIgnore: [],
    fileFolder: "",
  };
  const built = await buildView(request, signal);
  if (!built.ok) throw new Error("the view was refused");
  const { stream, done } = viewTar(built.value, { uid: 1000, gid: 1000 }, signal);
  if (sink === "untar") {
    mkdirSync(join(base, "view"));
    const tar = spawn("tar", ["-x", "-C", join(base, "view")], { stdio: ["pipe", "ignore", "inherit"] });
    const closed = new Promise((resolve) => tar.once("close", resolve));
    await pipeline(stream, tar.stdin);
    await closed;
  } else await pipeline(stream, createWriteStream(sink === "null" ? "/dev/null" : join(base, "view.tar")));
  await done;
  await built.value.dispose();
}

try {
  for (const secretsInGit of [false, true]) {
    const root = makeRepository(secretsInGit);
    const costs: Record<"peer" | "first" | "null" | "file" | "untar", Cost[]> = {
      peer: [],
      first: [],
      null: [],
      file: [],
      untar: [],
    };
    for (let round = 0; round < rounds; round += 1) {
      costs.peer.push(await timed(() => peer(root)));
      rmSync(join(base, "clone"), { recursive: true, force: true });
      if (round === 0) costs.first.push(await timed(() => view(root, "null")));
      for (const sink of ["null", "file", "untar"] as const) {
        costs[sink].push(await timed(() => view(root, sink)));
        rmSync(join(base, "view"), { recursive: true, force: true });
      }
    }
    const least = (name: keyof typeof costs, of: keyof Cost): number =>
      Math.round(Math.min(...costs[name].map((cost) => cost[of])));
    const table = (of: keyof Cost): Record<string, number> =>
      Object.fromEntries((["peer", "first", "null", "file", "untar"] as const).map((name) => [name, least(name, of)]));
    const ratios = (of: keyof Cost): Record<string, number> =>
      Object.fromEntries(
        Object.entries(table(of)).map(([name, took]) => [name, Number((took / least("peer", of)).toFixed(2))]),
      );
    process.stdout.write(
      `${JSON.stringify({ files, secrets: 200, secretsInGit, wallMs: table("wall"), cpuMs: table("cpu"), wallRatio: ratios("wall"), cpuRatio: ratios("cpu") })}\n`,
    );
    rmSync(root, { recursive: true, force: true });
  }
} finally {
  rmSync(base, { recursive: true, force: true });
}
