import type Dockerode from "dockerode";
import type { ContainerObject, ContainerSpec } from "../../../compilers/container/resources.ts";
import type { Observed } from "../../graph/snapshot.ts";
import { createBody } from "./create-body.ts";
import { engineCall, isConflict, isNotFound, isUnchanged } from "./engine-errors.ts";
import { isHalfFilled } from "./fill-workspace.ts";
import type { Hands } from "./hands.ts";
import { refuseHiddenRoot } from "./owner.ts";
import { prepare } from "./prepare.ts";
import { untilReady } from "./ready.ts";
import { withSeccompProfile } from "./seccomp-option.ts";

type ContainerResource = Extract<ContainerObject, { readonly kind: "container" }>;

/** Makes a container, fills its volumes, starts it and waits until it is there. */
export async function createContainer(
  hands: Hands,
  desired: ContainerResource,
  labels: Readonly<Record<string, string>>,
): Promise<void> {
  const { spec } = desired;
  hands.report("creating");
  const container = await engineCall(`create the container "${spec.name}"`, async () => {
    try {
      return await hands.docker.createContainer(inBodyAlone(withSeccompProfile(createBody(spec, labels))));
    } catch (cause) {
      if (!isConflict(cause)) throw cause;
      // An answer that was lost, not a decision: the same object is taken over, any other is refused.
      const found = hands.docker.getContainer(spec.name);
      const report = await found.inspect();
      if (report.Config.Labels?.["coop.dev/digest"] !== desired.digest) throw cause;
      return found;
    }
  });
  await start(hands, container, spec);
}

// dockerode writes what it is given into the address as well as into the body, unless the two are told apart.
function inBodyAlone({ name, ...body }: Dockerode.ContainerCreateOptions): Dockerode.ContainerCreateOptions {
  const told = { _query: { name }, _body: body };
  return told as Dockerode.ContainerCreateOptions; // its types do not know of the two, its code does
}

/** Changes a living container: limits, name, and whether it runs. */
export async function updateContainer(
  hands: Hands,
  desired: ContainerResource,
  observed: Observed<ContainerObject>,
): Promise<void> {
  const { spec } = desired;
  const container = hands.docker.getContainer(observed.handle);
  const { Memory, MemorySwap, NanoCpus, PidsLimit, RestartPolicy } = spec.body.HostConfig;
  if (observed.name !== spec.name) {
    hands.report("renaming");
    await engineCall(`rename "${observed.name}"`, () => container.rename({ name: spec.name }));
  }
  hands.report("updating");
  await engineCall(`update "${spec.name}"`, () =>
    container.update({ Memory, MemorySwap, NanoCpus, PidsLimit, RestartPolicy }),
  );
  if (observed.phase.kind === "paused") {
    await engineCall(`unpause "${spec.name}"`, () => container.unpause());
    return;
  }
  if (observed.live["state"] !== spec.state) await start(hands, container, spec);
}

/** Stops a container politely, then removes it with the nameless volumes that the engine made for it. */
export async function removeContainer(
  hands: Hands,
  observed: { readonly handle: string; readonly name: string },
): Promise<void> {
  const container = hands.docker.getContainer(observed.handle);
  hands.report("stopping");
  await engineCall(`remove "${observed.name}"`, async () => {
    try {
      if (!(await exposed(hands, container))) {
        await container.stop().catch((cause: unknown) => {
          if (!isUnchanged(cause)) throw cause;
        });
      }
      await container.remove({ v: true, force: true });
    } catch (cause) {
      if (!isNotFound(cause) && !isConflict(cause)) throw cause;
      // 409: a removal is already under way, here or elsewhere; wait for its end.
      if (isConflict(cause)) await container.wait({ condition: "removed" }).catch(() => undefined);
    }
  });
}

// A polite stop lets a sandbox run on for its last seconds, also one that is paused. On a live tree that nobody guards any
// more it could read in them what it must not see.
async function exposed(hands: Hands, container: Dockerode.Container): Promise<boolean> {
  const { Id, Mounts, State } = await container.inspect();
  if (!Mounts.some((each) => each.Type === "bind")) return false;
  return State.Paused || (await hands.suppliers.guardState(Id)) !== "watched";
}

async function start(hands: Hands, made: Dockerode.Container, spec: ContainerSpec): Promise<void> {
  await refuseHiddenRoot(made, spec.body.User);
  const container = await withEmptyWorkspace(hands, made, spec);
  await prepare(hands, container, spec);
  hands.report("starting");
  await engineCall(`start "${spec.name}"`, async () => {
    await container.start().catch((cause: unknown) => {
      if (!isUnchanged(cause)) throw cause;
    });
  });
  await untilReady(hands, container, spec);
}

// A view of another moment lies under the new one where a run was ended in the middle: what is hidden by now may be in
// it. Only with the container that mounts it can a volume be made anew.
async function withEmptyWorkspace(
  hands: Hands,
  container: Dockerode.Container,
  spec: ContainerSpec,
): Promise<Dockerode.Container> {
  const workspace = spec.prepare.find((each) => each.kind === "workspace");
  if (workspace === undefined || !(await isHalfFilled(container, workspace))) return container;
  hands.report("emptying a half-filled workspace");
  const volume = hands.docker.getVolume(workspace.volume);
  return engineCall(`make the workspace of "${spec.name}" anew`, async () => {
    const [{ Config }, { Labels }] = await Promise.all([container.inspect(), volume.inspect()]);
    await container.remove({ v: true, force: true });
    await volume.remove();
    await hands.docker.createVolume({ Name: workspace.volume, Labels });
    return hands.docker.createContainer(inBodyAlone(withSeccompProfile(createBody(spec, Config.Labels))));
  });
}
