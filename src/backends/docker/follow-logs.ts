import { PassThrough } from "node:stream";
import { createInterface } from "node:readline";
import type Dockerode from "dockerode";
import { engineCall } from "./engine-errors.ts";
import { framesOf } from "./logs.ts";

/** Gives a container's output line by line, both streams as they come; ends with the log or at the signal. */
export async function followLogs(
  container: Dockerode.Container,
  options: { readonly follow: boolean; readonly tail: number | null },
  onLine: (line: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const common = { stdout: true, stderr: true, ...(options.tail === null ? {} : { tail: options.tail }) };
  if (!options.follow) {
    const bytes = await engineCall("read a log", () => container.logs({ ...common, follow: false }));
    const text = framesOf(bytes).toString("utf8");
    if (text === "") return;
    for (const line of text.split("\n").slice(0, text.endsWith("\n") ? -1 : undefined)) onLine(line);
    return;
  }
  const stream = await engineCall("follow a log", () =>
    container.logs({ ...common, follow: true, abortSignal: signal }),
  );
  const merged = new PassThrough();
  container.modem.demuxStream(stream, merged, merged);
  stream.once("end", () => merged.end()).once("error", () => merged.end());
  signal.addEventListener("abort", () => merged.end(), { once: true });
  for await (const line of createInterface({ input: merged })) onLine(line);
}
