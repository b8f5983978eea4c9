import { buffer } from "node:stream/consumers";
import { pack } from "tar-stream";
import type Dockerode from "dockerode";
import type { Preparation } from "../../../compilers/container/preparation.ts";
import { engineCall } from "./engine-errors.ts";
import type { Hands, WorkspaceUpload } from "./hands.ts";
import { ownerOf } from "./owner.ts";
import { ownVolume, readFile } from "./volume-files.ts";
import type { VolumeAccess } from "./volume-files.ts";

type Workspace = Extract<Preparation, { readonly kind: "workspace" }>;

/** What the preparation of one container works with. */
export interface Room {
  readonly hands: Hands;
  readonly container: Dockerode.Container;
  /** How one of its volumes is opened. */
  readonly access: (volume: string) => VolumeAccess;
}

/** Files of the view's `.git`, where they disturb nobody's work: a view was begun, and it was filled to its end. */
const BEGUN = ".git/coop-begun";
const FILLED = ".git/coop-view";

/** Whether a run was ended in the middle of filling it: what lies in there is of a view that nobody remembers. */
export async function isHalfFilled(container: Dockerode.Container, { target }: Workspace): Promise<boolean> {
  if ((await readFile(container, `${target}/${FILLED}`)) !== null) return false;
  return (await readFile(container, `${target}/${BEGUN}`)) !== null;
}

/**
 * Fills an empty workspace with the view: what an agent has worked on is never written over. It counts as filled when
 * the host has written down what it was made of, so that no end at any moment leaves work that cannot be brought back.
 */
export async function fillWorkspace({ hands, container, access }: Room, item: Workspace): Promise<void> {
  if ((await readFile(container, `${item.target}/${FILLED}`)) !== null) return;
  hands.report("building the workspace");
  const owner = await ownerOf(container, item.user);
  await ownVolume(hands.docker, access(item.volume), owner, [{ path: BEGUN, bytes: "", mode: 0o444, ...owner }]);
  await upload(container, item.target, await hands.suppliers.workspace(item, owner));
  const mark = pack();
  mark.entry({ name: FILLED, mode: 0o444, ...owner }, `${item.ref}\n`);
  mark.finalize();
  const body = await buffer(mark);
  await engineCall(`fill the workspace at ${item.target}`, () => container.putArchive(body, { path: item.target }));
}

async function upload(container: Dockerode.Container, target: string, view: WorkspaceUpload): Promise<void> {
  // A view that breaks off is no error of the engine's, which would wait for the rest of it.
  const broken = new AbortController();
  const sent = engineCall(`fill the workspace at ${target}`, () =>
    container.putArchive(view.stream, { path: target, abortSignal: broken.signal }),
  );
  sent.catch(() => view.stream.destroy());
  view.remembered.catch(() => broken.abort());
  const [remembered, put] = await Promise.allSettled([view.remembered, sent]);
  // The engine's word first, unless it only says that it was told to stop.
  if (put.status === "rejected" && !broken.signal.aborted) throw put.reason;
  if (remembered.status === "rejected") throw remembered.reason;
  if (put.status === "rejected") throw put.reason;
}
