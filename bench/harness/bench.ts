import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import Dockerode from "dockerode";
import { peerCompose } from "../peer-compose.ts";
import type { Peer } from "../peer-compose.ts";
import { measure, run } from "./command.ts";
import type { CommandLine, Cost, Ended } from "./command.ts";
import { EngineProcesses } from "./processor-time.ts";
import { removeProject } from "./remove-project.ts";
import { SECCOMP_FILE, SECCOMP_TEXT } from "./sandboxes.ts";

/** Images that the set-up made, by what they are for. */
export interface Images {
  readonly base: string;
  readonly postgres: string;
  readonly redis: string;
}

/** A folder of its own with a project name that nobody else has. */
export interface Project {
  readonly name: string;
  readonly folder: string;
  /** Writes a file into the folder. */
  readonly write: (name: string, text: string) => void;
  readonly coop: (...args: readonly string[]) => CommandLine;
  readonly compose: (...args: readonly string[]) => CommandLine;
}

/** What every benchmark works with. */
export class Bench {
  readonly images: Images;
  readonly peer: Peer;
  readonly engine: EngineProcesses | null = EngineProcesses.find(process.env["DOCKER_HOST"] ?? "/var/run/docker.sock");
  readonly docker: Dockerode;
  readonly say: (line: string) => void;
  readonly #scratch = mkdtempSync(join(tmpdir(), "coop-bench-"));
  readonly #projects: Project[] = [];
  readonly #environment: Readonly<Record<string, string>>;

  constructor(images: Images, say: (line: string) => void) {
    this.images = images;
    this.say = say;
    this.peer = peerCompose(say);
    this.docker = new Dockerode();
    stagePackage(join(this.#scratch, "package"));
    // coop's own Node first: what starts is what a user's `node` is.
    const path = [dirname(process.execPath), process.env["PATH"] ?? ""].join(delimiter);
    this.#environment = {
      ...Object.fromEntries(
        Object.entries(process.env).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])),
      ),
      PATH: path,
      COOP_BASE_IMAGE: images.base,
      NO_COLOR: "1",
      // Of the bench alone, so that the first start of a fresh installation can be told from the second.
      XDG_CACHE_HOME: join(this.#scratch, "cache"),
    };
  }

  project(purpose: string): Project {
    const name = `bench-${process.pid.toString(36)}-${this.#projects.length}-${purpose}`;
    const folder = join(this.#scratch, name);
    mkdirSync(folder);
    const project: Project = {
      name,
      folder,
      write: (file, text) => writeFileSync(join(folder, file), text),
      coop: (...args) => this.line(this.coopPath, args, folder),
      compose: (...args) =>
        this.line(this.peer.kind === "there" ? this.peer.path : "no-docker-compose", ["-p", name, ...args], folder),
    };
    project.write(SECCOMP_FILE, SECCOMP_TEXT);
    this.#projects.push(project);
    return project;
  }

  /** The `coop` of a package as it is installed: the bundle, no sources beside it. */
  get coopPath(): string {
    return join(this.#scratch, "package/bin/coop");
  }

  line(command: string, args: readonly string[], cwd = this.#scratch): CommandLine {
    return { command, args, cwd, environment: this.#environment };
  }

  /** What the command costs here, the engine's share included. */
  cost(line: CommandLine): Promise<Cost> {
    return measure(line, { engine: this.engine });
  }

  /** Runs what only prepares; throws where it fails. */
  async must(line: CommandLine): Promise<Ended> {
    const ended = await run(line);
    if (ended.code !== 0)
      throw new Error(`${line.command} ${line.args.join(" ")} ended with ${ended.code}: ${ended.errors.slice(-1200)}`);
    return ended;
  }

  /** Removes everything that any project of this run left on the engine, whatever made it, and its folders. */
  async close(): Promise<void> {
    for (const project of this.#projects) await removeProject(this.docker, project.name);
    rmSync(this.#scratch, { recursive: true, force: true });
  }
}

// A copy, so that a build beside this run changes nothing in the middle of it.
function stagePackage(folder: string): void {
  const root = dirname(dirname(import.meta.dirname));
  mkdirSync(folder);
  for (const each of ["bin", "dist", "schema", "package.json"])
    cpSync(join(root, each), join(folder, each), { recursive: true });
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
}
