import { finished } from "node:stream/promises";
import type Dockerode from "dockerode";
import { START_SCRIPT } from "../../../compilers/container/preparation.ts";
import { LABEL } from "../../backend/labels.ts";
import type { ExecRequest, LogOptions, NamedObject, Operations } from "../../backend/operations.ts";
import { engineCall } from "./engine-errors.ts";
import { followLogs } from "./follow-logs.ts";

/** What people do with a project's containers. */
export function dockerOperations(docker: Dockerode): Operations {
  return {
    list: (project) => list(docker, project),
    exec: (object, request, signal) => exec(docker.getContainer(object.handle), request, signal),
    logs: (object, options: LogOptions, onLine, signal) => followLogs(docker.getContainer(object.handle), options, onLine, signal),
  };
}

async function list(docker: Dockerode, project: string): Promise<readonly NamedObject[]> {
  const filters = { label: [`${LABEL.project}=${project}`] };
  const all = await engineCall("list its containers", () => docker.listContainers({ all: true, filters }));
  return all
    .flatMap((each): readonly NamedObject[] => {
      const named = roleAndName(each.Labels[LABEL.id] ?? "", each.Labels[LABEL.session] !== undefined);
      return named === null ? [] : [{ ...named, handle: each.Id, running: each.State === "running" }];
    })
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

function roleAndName(id: string, session: boolean): Pick<NamedObject, "role" | "name"> | null {
  if (id === "container:gateway") return { role: "gateway", name: "gateway" };
  const match = /^container:(sandbox|service)\.(.+)$/.exec(id);
  if (match?.[2] === undefined) return null;
  if (match[1] === "service") return { role: "service", name: match[2] };
  return { role: session ? "session" : "sandbox", name: match[2].replace(/\.0$/, "") };
}

async function exec(container: Dockerode.Container, request: ExecRequest, signal: AbortSignal): Promise<number> {
  const { streams } = request;
  const tty = streams.terminal !== null;
  const what = `run ${request.command[0] ?? "a command"}`;
  const { Config } = await engineCall(what, () => container.inspect());
  const loads = (Config.Entrypoint ?? []).includes(START_SCRIPT);
  const command = loads ? ["/bin/sh", START_SCRIPT, ...request.command] : [...request.command];
  const options = { Cmd: command, AttachStdin: streams.stdin !== null, AttachStdout: true, AttachStderr: true, Tty: tty };
  const created = await engineCall(what, () => container.exec(request.user === null ? options : { ...options, User: request.user }));
  const stream = await engineCall(what, () => created.start({ hijack: true, stdin: streams.stdin !== null, Tty: tty }));
  const release = lendTerminal(request, created);
  if (tty) stream.pipe(streams.stdout, { end: false });
  else container.modem.demuxStream(stream, streams.stdout, streams.stderr);
  streams.stdin?.pipe(stream);
  const abort = (): void => void stream.destroy();
  signal.addEventListener("abort", abort, { once: true });
  try {
    await finished(stream, { writable: false }).catch(() => undefined);
    if (signal.aborted) return 130;
    const { ExitCode } = await engineCall(what, () => created.inspect());
    return ExitCode ?? 1;
  } finally {
    signal.removeEventListener("abort", abort);
    release();
    streams.stdin?.unpipe(stream);
    stream.destroy();
  }
}

function lendTerminal(request: ExecRequest, created: Dockerode.Exec): () => void {
  const { terminal } = request.streams;
  if (terminal === null) return () => undefined;
  const resize = (): void => {
    const { rows, columns } = terminal.size();
    void created.resize({ h: rows, w: columns }).catch(() => undefined);
  };
  terminal.setRaw(true);
  resize();
  const stop = terminal.onResize(resize);
  return () => {
    stop();
    terminal.setRaw(false);
  };
}
