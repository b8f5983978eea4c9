import { inside, program } from "./containers.ts";
import { run } from "./command.ts";
import { images } from "./containers.ts";

/** One try to get out, in the words of `programs/probe.py`. */
export type Probe = readonly [kind: string, ...words: readonly (string | number)[]];

export interface ProbeOptions {
  readonly user?: string;
  /** How long one try waits for an answer. */
  readonly seconds?: number;
}

/** Tries all of them at the same time inside a container; one line each, `reached …` or `no …`. */
export async function probe(
  container: string,
  probes: readonly Probe[],
  options: ProbeOptions = {},
): Promise<readonly string[]> {
  const user = options.user === undefined ? {} : { user: options.user };
  return linesOf(await inside(container, commandOf(probes, options), user), probes);
}

/** The same from beside a container: an ordinary process in its network namespace, under no rule of coop's. */
export async function probeBeside(
  container: string,
  probes: readonly Probe[],
  options: ProbeOptions = {},
): Promise<readonly string[]> {
  const command = ["docker", "run", "--rm", "-u", "0", "--network", `container:${container}`, images().base];
  return linesOf(await run([...command, ...commandOf(probes, options)]), probes);
}

function commandOf(probes: readonly Probe[], options: ProbeOptions): readonly string[] {
  // A list of strings and numbers reads the same in JSON and in Python.
  return ["python3", "-c", program("probe.py"), JSON.stringify(probes), String(options.seconds ?? 5)];
}

function linesOf(
  ran: { readonly code: number; readonly out: string; readonly text: string },
  probes: readonly Probe[],
): readonly string[] {
  const lines = ran.out.trimEnd().split("\n");
  if (ran.code !== 0 || lines.length !== probes.length)
    throw new Error(`the probe failed with ${ran.code}:\n${ran.text}`);
  return lines;
}
