import { LABEL } from "../../backend/labels.ts";
import { engineCall, isConflict, isNotFound } from "./engine-errors.ts";
import type { Hands } from "./hands.ts";
import { isOwnContainer } from "./own-object.ts";

/** Removes a volume. Ours that still hold it go first: a volume is only replaced together with what stands on it. */
export async function removeVolume(
  hands: Hands,
  observed: { readonly handle: string; readonly name: string },
): Promise<void> {
  const { docker, project } = hands;
  const remove = async (): Promise<void> => {
    try {
      await docker.getVolume(observed.handle).remove();
    } catch (cause) {
      if (!isNotFound(cause)) throw cause;
    }
  };
  await engineCall(`remove the volume "${observed.name}"`, async () => {
    try {
      await remove();
    } catch (cause) {
      if (!isConflict(cause)) throw cause;
      const filters = { volume: [observed.name], label: [`${LABEL.project}=${project}`] };
      const users = (await docker.listContainers({ all: true, filters })).filter((each) =>
        isOwnContainer(project, each),
      );
      if (users.length === 0) throw cause;
      await Promise.all(users.map((each) => docker.getContainer(each.Id).remove({ force: true })));
      await remove();
    }
  });
}
