import { spawn } from "node:child_process";
import { mkdir, mkdtemp, open, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer, text } from "node:stream/consumers";

const MAIN = join(import.meta.dirname, "../../src/cli/main.ts");
const BIN = join(import.meta.dirname, "../../bin/coop");

export interface RealRun {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** A user with a home of their own, who runs the real command line. */
export class RealUser {
  readonly home: string;
  /** Everything that any command has printed. */
  readonly heard: string[] = [];
  readonly environment: Readonly<Record<string, string>>;

  private constructor(home: string, environment: Readonly<Record<string, string>>) {
    this.home = home;
    this.environment = {
      HOME: home,
      XDG_RUNTIME_DIR: join(home, "run"),
      PATH: process.env["PATH"] ?? "",
      NODE_OPTIONS: `--import ${join(import.meta.dirname, "loopback-names.mjs")}`,
      ...environment,
    };
  }

  static async make(environment: Readonly<Record<string, string>> = {}): Promise<RealUser> {
    const home = await mkdtemp(join(tmpdir(), "coop-real-"));
    await mkdir(join(home, "run"), { mode: 0o700 });
    return new RealUser(home, { COOP_LOG_LEVEL: "debug", ...environment });
  }

  /** `coop WORDS`, or another program, for a shell. */
  commandLine(words: string, program = MAIN): string {
    return `${process.execPath} ${program} ${words}`;
  }

  settings(yaml: string): Promise<void> {
    return this.write(".config/coop/credentials.yaml", yaml);
  }

  async write(path: string, contents: string): Promise<void> {
    await mkdir(join(this.home, path, ".."), { recursive: true, mode: 0o700 });
    await writeFile(join(this.home, path), contents, { mode: 0o600 });
  }

  /** Runs `coop WORDS`; the passphrase goes by descriptor 3. */
  async coop(
    words: readonly string[],
    given: { readonly input?: string; readonly passphrase?: string } = {},
  ): Promise<RealRun> {
    const { input = "", passphrase } = given;
    const byDescriptor = passphrase === undefined ? [] : ["--passphrase-fd", "3"];
    const child = spawn(process.execPath, [MAIN, ...words, ...byDescriptor], {
      cwd: this.home,
      env: this.environment,
      stdio: ["pipe", "pipe", "pipe", "pipe"],
    });
    const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
    child.stdin.on("error", () => undefined).end(input);
    const third = child.stdio[3];
    if (third !== null && third !== undefined && "end" in third)
      third.on("error", () => undefined).end(passphrase === undefined ? "" : `${passphrase}\n`);
    const [out, err, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
    this.heard.push(out, err);
    return { code, out, err };
  }

  /** Starts `coop WORDS` by a shell that allows core dumps, in a folder of its own. */
  async dumping(
    words: readonly string[],
    by: "main" | "bin",
  ): Promise<{ readonly pid: number; readonly folder: string; readonly ended: Promise<unknown> }> {
    const folder = await mkdtemp(join(this.home, "dump-"));
    const program = by === "bin" ? [BIN] : [process.execPath, MAIN];
    const child = spawn("sh", ["-c", 'ulimit -c unlimited; exec "$@"', "sh", ...program, ...words], {
      cwd: folder,
      env: this.environment,
      stdio: "ignore",
    });
    const ended = new Promise((resolve) => child.once("close", resolve));
    return { pid: child.pid ?? 0, folder, ended };
  }

  /** Leaves nothing of the user, and no agent. */
  async remove(): Promise<void> {
    await this.coop(["credentials", "lock"]);
    await rm(this.home, { recursive: true, force: true });
  }
}

/** Every way in which a text may stand in bytes. */
export function formsOf(secret: string): readonly Buffer[] {
  const bytes = Buffer.from(secret);
  const base64 = [0, 1, 2].map((at) =>
    bytes.subarray(at, at + Math.floor((bytes.length - at) / 3) * 3).toString("base64"),
  );
  return [
    bytes,
    ...base64.map((each) => Buffer.from(each)),
    Buffer.from(bytes.toString("hex")),
    Buffer.from(secret, "utf16le"),
  ];
}

export function holds(bytes: Buffer, secrets: readonly string[]): boolean {
  return secrets.some((secret) => formsOf(secret).some((form) => bytes.includes(form)));
}

/** The files below a folder that hold one of the secrets. */
export async function filesThatHold(folder: string, secrets: readonly string[]): Promise<readonly string[]> {
  const found: string[] = [];
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile() && holds(await readFile(path), secrets)) found.push(path);
  }
  return found;
}

/** Command lines and environments of every process of this machine that hold one of the secrets, apart from some. */
export async function processesThatHold(
  secrets: readonly string[],
  apart: ReadonlySet<number>,
): Promise<readonly string[]> {
  const found: string[] = [];
  for (const pid of await readdir("/proc")) {
    if (!/^\d+$/u.test(pid) || apart.has(Number(pid))) continue;
    for (const file of ["cmdline", "environ"]) {
      const bytes = await wholeOf(`/proc/${pid}/${file}`);
      if (holds(bytes, secrets))
        found.push(`${pid}/${file}: ${(await wholeOf(`/proc/${pid}/cmdline`)).toString().replaceAll("\0", " ")}`);
    }
  }
  return found;
}

async function wholeOf(path: string): Promise<Buffer> {
  const handle = await open(path, "r").catch(() => null);
  if (handle === null) return Buffer.alloc(0);
  try {
    return await buffer(handle.createReadStream({ autoClose: false }));
  } catch {
    // The process has ended meanwhile.
    return Buffer.alloc(0);
  } finally {
    await handle.close();
  }
}
