import { imageNameOf } from "../../../compilers/container/moved-tags.ts";
import type { ContainerObject } from "../../../compilers/container/resources.ts";
import { LABEL, labelsOf, sessionOf } from "../../backend/labels.ts";
import type { Observed } from "../../graph/snapshot.ts";
import type { EffectiveChange } from "../../plan/change.ts";
import { CoopError } from "../../diagnostics/coop-error.ts";
import { applyPolicy } from "./apply-policy.ts";
import { applyProvisions } from "./apply-provisions.ts";
import type { Hands } from "./hands.ts";
import { makeImage } from "./images.ts";
import { createContainer, removeContainer, updateContainer } from "./containers.ts";
import { engineCall, isConflict } from "./engine-errors.ts";
import { foreignObject, isOwnVolume } from "./own-object.ts";
import { removeNetwork } from "./remove-network.ts";
import { removeVolume } from "./remove-volume.ts";

/** Does one change of a plan. Repeating what already happened succeeds; nothing is decided here. */
export async function applyChange(hands: Hands, change: EffectiveChange<ContainerObject>): Promise<void> {
  switch (change.action) {
    case "create":
      return create(hands, change.desired);
    case "update":
      return update(hands, change);
    case "replace":
      await remove(hands, change.observed);
      return create(hands, change.desired);
    case "delete":
      return remove(hands, change.observed);
  }
}

async function create(hands: Hands, desired: ContainerObject): Promise<void> {
  const { docker, project } = hands;
  const owner = sessionOf(desired.id) === null ? {} : { [LABEL.session]: hands.sessionOwner };
  const labels = {
    ...labelsOf(project, desired.id, desired.digest),
    [LABEL.repository]: hands.repository,
    ...(desired.kind === "container" ? { [LABEL.image]: imageNameOf(desired) } : {}),
    ...owner,
  };
  switch (desired.kind) {
    case "image":
      return makeImage(hands, desired.spec);
    case "network":
      await engineCall(`create the network "${desired.spec.name}"`, async () => {
        try {
          await docker.createNetwork({
            Name: desired.spec.name,
            CheckDuplicate: true,
            ...desired.spec.body,
            Labels: labels,
          });
        } catch (cause) {
          if (!isConflict(cause)) throw cause;
          const found = await docker.getNetwork(desired.spec.name).inspect();
          if (found.Labels?.["coop.dev/digest"] !== desired.digest) throw cause;
        }
      });
      return;
    case "volume":
      await engineCall(`create the volume "${desired.spec.name}"`, async () => {
        // The engine answers for one that is there already as if it had made it.
        const made = await (await docker.createVolume({ Name: desired.spec.name, Labels: labels })).inspect();
        if (!isOwnVolume(project, made)) throw foreignObject(made.Name);
      });
      return;
    case "policy":
      return applyPolicy(hands, desired);
    case "provisions":
      return applyProvisions(hands, desired);
    case "container":
      return createContainer(hands, desired, labels);
  }
}

async function update(
  hands: Hands,
  change: Extract<EffectiveChange<ContainerObject>, { readonly action: "update" }>,
): Promise<void> {
  const { desired, observed } = change;
  switch (desired.kind) {
    case "policy":
      return applyPolicy(hands, desired);
    case "provisions":
      return applyProvisions(hands, desired);
    case "container":
      return updateContainer(hands, desired, observed);
    case "image":
    case "network":
    case "volume":
      throw new Error(`a ${desired.kind} is never updated in place`);
  }
}

async function remove(
  hands: Hands,
  observed: Pick<Observed<ContainerObject>, "id" | "kind" | "handle" | "name">,
): Promise<void> {
  switch (observed.kind) {
    case "container":
      return removeContainer(hands, observed);
    case "network":
      return removeNetwork(hands, observed);
    case "volume":
      await removeVolume(hands, observed);
      if (observed.id.startsWith("volume:workspace.")) await hands.suppliers.forgetWorkspace(observed.name);
      return;
    case "policy":
      // It goes with its volume.
      return;
    case "provisions":
      // They go with the gateway's memory, or when others take their place.
      return;
    case "image":
      throw new CoopError(
        "ENGINE_REFUSED",
        `The image "${observed.name}" may be used by other projects and is left alone.`,
        { mend: "coop gc" },
      );
  }
}
