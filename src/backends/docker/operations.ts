import { finished } from "node:stream/promises";
import type Dockerode from "dockerode";
import { START_SCRIPT } from "../../../compilers/container/preparation.ts";
import { LABEL, sessionOf } from "../../backend/labels.ts";
import type {
  ExecRequest,
  LogOptions,
  NamedObject,
  Operations,
  Session,
  WorkspaceVolume,
} from "../../backend/operations.ts";
import { engineCall, engineFind } from "./engine-errors.ts";
import { followLogs } from "./follow-logs.ts";
import { closeHelper, openHelper } from "./helper-container.ts";
import { removeRemnant, surveyDocker } from "./leftovers.ts";
import { isOwnContainer, isOwnVolume } from "./own-object.ts";

/** What people do with a project's containers. */
export function dockerOperations(docker: Dockerode): Operations {
  return {
    list: (project) => list(docker, project),
    exec: (object, request, signal) => exec(docker.getContainer(object.handle), request, signal),
    execIn: (handle, request, signal) => exec(docker.getContainer(handle), request, signal),
    openHelper: (request) => openHelper(docker, request),
    closeHelper: (handle) => closeHelper(docker, handle),
    workspaces: (project) => workspaces(docker, project),
    sessions: (project) => sessions(docker, project),
    removeSession: (project, session) => removeSession(docker, project, session),
    survey: () => surveyDocker(docker),
    removeRemnant: (remnant) => removeRemnant(docker, remnant),
    logs: (object, options: LogOptions, onLine, signal) =>
      followLogs(docker.getContainer(object.handle), options, onLine, signal),
  };
}

async function list(docker: Dockerode, project: string): Promise<readonly NamedObject[]> {
  const filters = { label: [`${LABEL.project}=${project}`] };
  const all = await engineCall("list its containers", () => docker.listContainers({ all: true, filters }));
  // One that was renamed is still called by its id; beside the one under the derived name it is a copy of the labels.
  const genuine = new Set(all.filter((each) => isOwnContainer(project, each)).map((each) => each.Labels[LABEL.id]));
  return all
    .filter((each) => isOwnContainer(project, each) || !genuine.has(each.Labels[LABEL.id]))
    .flatMap((each): readonly NamedObject[] => {
      const named = roleAndName(each.Labels[LABEL.id] ?? "", each.Labels[LABEL.session] !== undefined);
      return named === null ? [] : [{ ...named, handle: each.Id, running: each.State === "running" }];
    })
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

async function workspaces(docker: Dockerode, project: string): Promise<readonly WorkspaceVolume[]> {
  const filters = { label: [`${LABEL.project}=${project}`] };
  const { Volumes } = await engineCall("list its volumes", () => docker.listVolumes({ filters }));
  return Volumes.flatMap((each): readonly WorkspaceVolume[] => {
    const match = /^volume:workspace\.(.+)$/.exec(each.Labels?.[LABEL.id] ?? "");
    return match?.[1] === undefined ? [] : [{ name: match[1].replace(/\.0$/, ""), volume: each.Name }];
  }).toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

async function sessions(docker: Dockerode, project: string): Promise<readonly Session[]> {
  const filters = { label: [`${LABEL.project}=${project}`, LABEL.session] };
  const [containers, { Volumes }] = await Promise.all([
    engineCall("list its containers", () => docker.listContainers({ all: true, filters })),
    engineCall("list its volumes", () => docker.listVolumes({ filters })),
  ]);
  const found = new Map<string, Session>();
  const objects = [
    ...containers.filter((each) => isOwnContainer(project, each)).map((each) => each.Labels),
    ...Volumes.filter((each) => isOwnVolume(project, each)).map((each) => each.Labels),
  ];
  for (const labels of objects) {
    const match = /\.([^.]+)\.(session-[0-9a-f]+)$/.exec(labels[LABEL.id] ?? "");
    const [, owner, session] = match ?? [];
    if (owner !== undefined && session !== undefined)
      found.set(session, { session, name: `${owner}.${session}`, owner: labels[LABEL.session] ?? "" });
  }
  return [...found.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

// What joins a namespace or mounts a volume goes first.
async function removeSession(docker: Dockerode, project: string, session: string): Promise<void> {
  const filters = { label: [`${LABEL.project}=${project}`, LABEL.session] };
  const belongs = (labels: Readonly<Record<string, string>> | null): boolean =>
    sessionOf(labels?.[LABEL.id] ?? "") === session;
  const containers = await engineCall("list its containers", () => docker.listContainers({ all: true, filters }));
  const ours = containers
    .filter((each) => belongs(each.Labels) && isOwnContainer(project, each))
    .toSorted((a) => ((a.Labels[LABEL.id] ?? "").startsWith("container:sandbox.") ? -1 : 1));
  for (const each of ours)
    await engineFind("remove a session's container", () =>
      docker.getContainer(each.Id).remove({ force: true, v: true }),
    );
  const { Volumes } = await engineCall("list its volumes", () => docker.listVolumes({ filters }));
  for (const each of Volumes.filter((volume) => belongs(volume.Labels ?? null) && isOwnVolume(project, volume))) {
    await engineFind(`remove the volume "${each.Name}"`, () => docker.getVolume(each.Name).remove());
  }
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
  const options = {
    Cmd: command,
    AttachStdin: streams.stdin !== null,
    AttachStdout: true,
    AttachStderr: true,
    Tty: tty,
  };
  const created = await engineCall(what, () =>
    container.exec(request.user === null ? options : { ...options, User: request.user }),
  );
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
