import { PassThrough } from "node:stream";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import type Dockerode from "dockerode";
import { CoopError } from "../../diagnostics/coop-error.ts";
import { engineCall } from "./engine-errors.ts";
import type { Hands } from "./hands.ts";
import { lastLines } from "./logs.ts";

/** How often it is looked whether a container that says nothing still runs. Milliseconds. */
const LOOK_MS = 1000;

export interface Waiting {
  readonly container: Dockerode.Container;
  readonly name: string;
  readonly timeoutMs: number;
  /** Lines before this count for nothing; RFC 3339 by the engine's clock, absent = the end of the container's last run. */
  readonly since?: string;
}

/**
 * Waits until a container has written a line that counts. It listens instead of asking: reading
 * a file of a container costs the engine a process each time.
 */
export async function untilLogged(hands: Hands, waiting: Waiting, counts: (line: string) => boolean): Promise<void> {
  const { container, name } = waiting;
  // From the end of its last run, not from its start: the engine notes that only behind the start, when a quick program
  // has spoken already.
  const { State } = await engineCall(`inspect "${name}"`, () => container.inspect());
  const stop = new AbortController();
  const signal = AbortSignal.any([hands.signal, stop.signal]);
  try {
    await Promise.race([
      listen(container, timestamp(waiting.since ?? State.FinishedAt), counts, signal),
      watch(waiting, signal),
    ]);
  } finally {
    stop.abort();
  }
  hands.signal.throwIfAborted();
}

async function listen(
  container: Dockerode.Container,
  since: string,
  counts: (line: string) => boolean,
  signal: AbortSignal,
): Promise<void> {
  const options = { stdout: true, stderr: true, follow: true, since, abortSignal: signal } as const;
  // dockerode's type takes numbers alone; the API takes seconds with nanoseconds behind a point.
  const stream = await engineCall("follow a log", () =>
    container.logs(options as unknown as typeof options & { readonly since: number }),
  );
  const lines = new PassThrough();
  stream.on("error", () => lines.end()).on("end", () => lines.end());
  container.modem.demuxStream(stream, lines, lines);
  for await (const line of createInterface({ input: lines })) if (counts(line)) return;
  // The log ended before the line came: whether that is the container's end is seen by who watches it.
  await new Promise<never>((_, reject) =>
    signal.addEventListener("abort", () => reject(signal.reason), { once: true }),
  );
}

/** Rejects when the container ends, or the time is up. */
export async function watch(waiting: Waiting, signal: AbortSignal): Promise<never> {
  const { container, name, timeoutMs } = waiting;
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    await sleep(Math.min(LOOK_MS, Math.max(1, deadline - Date.now())), undefined, { signal });
    await refuseEnded(container, name);
    if (Date.now() < deadline) continue;
    const seconds = Math.round(timeoutMs / 1000);
    throw new CoopError(
      "DEADLINE",
      `"${name}" is not ready after ${seconds} s. It keeps running.${await said(container)}`,
      {
        mend: "Raise readyTimeout, or set wait: false.",
      },
    );
  }
}

/** Rejects when a container no longer runs, with what it said last. */
export async function refuseEnded(container: Dockerode.Container, name: string): Promise<void> {
  const { State } = await engineCall(`inspect "${name}"`, () => container.inspect());
  if (State.Running) return;
  throw new CoopError(
    "ENGINE_REFUSED",
    `"${name}" ended with ${State.ExitCode} before it was ready.${await said(container)}`,
    {
      mend: "coop logs shows all that it said.",
    },
  );
}

async function said(container: Dockerode.Container): Promise<string> {
  return (await lastLines(container, 10)).map((line) => `\n    ${line}`).join("");
}

// Of a container that has never ended the engine says the year 1.
function timestamp(at: string): string {
  const seconds = Math.max(0, Math.floor(Date.parse(at) / 1000));
  const fraction = seconds === 0 ? "0" : (/\.(\d+)/.exec(at)?.[1] ?? "0");
  return `${seconds}.${fraction.padEnd(9, "0")}`;
}
