import type Dockerode from "dockerode";
import { extract, pack } from "tar-stream";
import { buffer } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { labelsOf } from "../../backend/labels.ts";
import { engineCall, engineFind, isConflict, isNotFound } from "./engine-errors.ts";
import { removeLeftover } from "./own-object.ts";

/** One file for a volume; `path` is relative to the volume's root. A path with a trailing slash is a folder. */
export interface VolumeFile {
  readonly path: string;
  readonly bytes: Uint8Array | string;
  /** Octal permission bits. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

const AT = "/volume";

/**
 * Writes files into a volume through a container that is made, never started, and removed: a volume that is mounted
 * read-only where it is used can be written no other way, on this machine or a remote engine. A killed run leaves the
 * container behind; it has our labels and no line of the file, so the next plan removes it.
 */
export async function writeVolume(
  docker: Dockerode,
  options: VolumeAccess,
  files: readonly VolumeFile[],
): Promise<void> {
  await withWriter(docker, options, async (writer) => {
    const archive = pack();
    for (const file of files) {
      if (file.path.endsWith("/"))
        archive.entry({ name: file.path, type: "directory", mode: file.mode, uid: file.uid, gid: file.gid });
      else archive.entry({ name: file.path, mode: file.mode, uid: file.uid, gid: file.gid }, Buffer.from(file.bytes));
    }
    archive.finalize();
    const body = await buffer(archive);
    await engineCall(`write into the volume "${options.volume}"`, () => writer.putArchive(body, { path: AT }));
  });
}

/** Gives a volume's own top folder to a user: an engine makes it root's, and unpacking into it skips the folder itself. */
export async function ownVolume(
  docker: Dockerode,
  options: VolumeAccess,
  owner: { readonly uid: number; readonly gid: number },
  files: readonly VolumeFile[] = [],
): Promise<void> {
  await withWriter(docker, options, async (writer) => {
    const archive = pack();
    archive.entry({ name: `${AT.slice(1)}/`, type: "directory", mode: 0o755, ...owner });
    for (const { path, bytes, mode, uid, gid } of files)
      archive.entry({ name: `${AT.slice(1)}/${path}`, mode, uid, gid }, Buffer.from(bytes));
    archive.finalize();
    const body = await buffer(archive);
    await engineCall(`give the volume "${options.volume}" to its user`, () => writer.putArchive(body, { path: "/" }));
  });
}

/** Reads one file of a volume; null where there is none. */
export async function readVolume(docker: Dockerode, options: VolumeAccess, path: string): Promise<Buffer | null> {
  return withWriter(docker, options, (writer) => readFile(writer, `${AT}/${path}`));
}

/**
 * Reads some files of a volume, null for each that is not there, as somebody who only looks: by a container without a
 * name, so that it stands in nobody's way, not even another look's.
 */
export async function readVolumeFiles(
  docker: Dockerode,
  options: VolumeAccess,
  paths: readonly string[],
): Promise<readonly (Buffer | null)[]> {
  const reader = await engineCall(`open the volume "${options.volume}"`, () =>
    docker.createContainer(opener(options, "reader", true)),
  );
  try {
    return await Promise.all(paths.map((path) => readFile(reader, `${AT}/${path}`)));
  } finally {
    await takeAway(reader);
  }
}

/** Reads one file of a container, running or not; null where there is none. Follows no link. */
export async function readFile(container: Dockerode.Container, path: string): Promise<Buffer | null> {
  const stream = await engineFind(`read ${path}`, () => container.getArchive({ path }));
  if (stream === null) return null;
  const archive = extract();
  stream.pipe(archive);
  let found: Buffer | null = null;
  for await (const entry of archive) {
    if (entry.header.type === "file" && found === null) found = await buffer(entry);
    else entry.resume();
  }
  return found;
}

/**
 * Reads some files of one folder of a container, null for each that is not there. In one call: for each the engine
 * mounts the container's root and starts a process inside, which takes as long as all other calls of a plan together.
 */
export async function readFiles(
  container: Dockerode.Container,
  folder: string,
  names: readonly string[],
): Promise<readonly (Buffer | null)[]> {
  const stream = await engineFind(`read ${folder}`, () => container.getArchive({ path: folder }));
  if (stream === null) return names.map(() => null);
  const archive = extract();
  stream.pipe(archive);
  const found = new Map<string, Buffer>();
  for await (const entry of archive) {
    const name = entry.header.name.slice(entry.header.name.indexOf("/") + 1);
    if (entry.header.type === "file" && names.includes(name)) found.set(name, await buffer(entry));
    else entry.resume();
  }
  return names.map((name) => found.get(name) ?? null);
}

export interface VolumeAccess {
  readonly project: string;
  readonly volume: string;
  /** Any image that the engine has: nothing of it runs. */
  readonly image: string;
}

async function withWriter<T>(
  docker: Dockerode,
  options: VolumeAccess,
  use: (writer: Dockerode.Container) => Promise<T>,
): Promise<T> {
  const name = `coop.${options.project}.${openerPath(options, "writer")}`;
  const create = (): Promise<Dockerode.Container> =>
    docker.createContainer({ name, ...opener(options, "writer", false) });
  const writer = await engineCall(`open the volume "${options.volume}"`, async () => {
    try {
      return await create();
    } catch (cause) {
      if (!isConflict(cause)) throw cause;
      // Left behind by a run that was killed; a lock keeps two live runs apart.
      await removeLeftover(docker, options.project, name);
      return create();
    }
  });
  try {
    return await use(writer);
  } finally {
    await takeAway(writer);
  }
}

const TRIES = 3;
const PAUSE_MS = 200;

// An engine that refuses once is asked again: what stays would be a change for the next plan, behind an apply that ended well.
async function takeAway(helper: Dockerode.Container): Promise<void> {
  for (let tries = 1; tries <= TRIES; tries += 1) {
    try {
      return void (await helper.remove({ force: true, v: true }));
    } catch (cause) {
      if (isNotFound(cause)) return;
      await sleep(PAUSE_MS);
    }
  }
}

// Never started: a volume that is mounted can be read and written through the engine.
function opener(options: VolumeAccess, role: string, readOnly: boolean): Dockerode.ContainerCreateOptions {
  return {
    Image: options.image,
    Entrypoint: ["/nothing-runs-here"],
    Labels: labelsOf(options.project, `container:${openerPath(options, role)}`, "sha256:none"),
    HostConfig: {
      NetworkMode: "none",
      CapDrop: ["ALL"],
      Mounts: [{ Type: "volume", Source: options.volume, Target: AT, ReadOnly: readOnly }],
    },
  };
}

function openerPath(options: VolumeAccess, role: string): string {
  return `${role}.${options.volume.split(".").slice(2).join(".")}`;
}
