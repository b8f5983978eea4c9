import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { must, run } from "./command.ts";
import type { Ran } from "./command.ts";
import type { Scope } from "./scope.ts";

/** The parts of the engine's own report that these tests read. */
export interface Report {
  /** The id of the image that it runs on. */
  readonly Image: string;
  readonly Id: string;
  readonly Name: string;
  readonly State: {
    readonly Status: string;
    readonly Pid: number;
    readonly StartedAt: string;
    readonly ExitCode: number;
  };
  readonly Config: { readonly User: string; readonly Env: readonly string[] | null };
  readonly HostConfig: Readonly<Record<string, unknown>>;
  readonly Mounts: readonly {
    readonly Type: string;
    readonly Name?: string;
    readonly Source: string;
    readonly Destination: string;
    readonly RW: boolean;
  }[];
  readonly NetworkSettings: {
    readonly Networks: Readonly<
      Record<
        string,
        {
          readonly IPAddress: string;
          readonly Gateway: string;
          readonly GlobalIPv6Address: string;
          readonly IPv6Gateway: string;
        }
      >
    >;
  };
}

const ROOT = resolve(import.meta.dirname, "../../..");

interface Images {
  readonly base: string;
  readonly postgres: string;
  readonly redis: string;
}

/** The images that the set-up of the checkout made. */
export function images(): Images {
  // The set-up wrote it.
  const made = JSON.parse(readFileSync(join(ROOT, ".coop/images.json"), "utf8")) as Images;
  return { ...made, base: process.env["COOP_BASE_IMAGE"] || made.base };
}

let inDockersWords = (report: unknown): Report => report as Report; // the engine's own report

/** From here on, a test file's reports are another engine's. */
export function readReports(words: (report: unknown) => Report): void {
  inDockersWords = words;
}

export async function inspect(name: string): Promise<Report> {
  const [report]: readonly unknown[] = JSON.parse(await must(["docker", "inspect", "--type", "container", name]));
  if (report === undefined) throw new Error(`no container ${name}`);
  return inDockersWords(report);
}

export interface Inside {
  /** Default: the container's own user. */
  readonly user?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
  readonly timeoutMs?: number;
}

/** Runs a command inside by the engine's own hand, past coop. */
export function inside(container: string, command: readonly string[], options: Inside = {}): Promise<Ran> {
  const user = options.user === undefined ? [] : ["-u", options.user];
  const env = Object.entries(options.env ?? {}).flatMap(([name, value]) => ["-e", `${name}=${value}`]);
  const stdin = options.input === undefined ? [] : ["-i"];
  return run(["docker", "exec", ...stdin, ...user, ...env, container, ...command], {
    ...(options.input === undefined ? {} : { input: options.input }),
    timeoutMs: options.timeoutMs ?? 120_000,
  });
}

/** As `inside` with a line for the shell; gives what it printed, both streams. */
export async function shell(container: string, line: string, options: Inside = {}): Promise<string> {
  return (await inside(container, ["sh", "-c", line], options)).text;
}

export interface OrdinaryOptions {
  readonly network: string;
  readonly flags?: readonly string[];
  readonly command?: readonly string[];
}

/** A container as the engine makes it by default: no protection of coop's. The control of every attack. */
export async function anOrdinaryContainer(scope: Scope, options: OrdinaryOptions): Promise<string> {
  const name = scope.unique();
  const command = options.command ?? ["sleep", "infinity"];
  scope.later(() => run(["docker", "rm", "-f", "-v", name]));
  await must([
    "docker",
    "run",
    "-d",
    "--init",
    "-u",
    "0",
    "--name",
    name,
    "--network",
    options.network,
    ...(options.flags ?? []),
    images().base,
    ...command,
  ]);
  return name;
}

/** The text of a file that runs inside containers. */
export function program(name: string): string {
  return readFileSync(join(import.meta.dirname, "programs", name), "utf8");
}
