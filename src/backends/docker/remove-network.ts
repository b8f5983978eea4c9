import { engineCall, engineFind, isNotFound } from "./engine-errors.ts";
import type { Hands } from "./hands.ts";
import { isOwnReport } from "./own-object.ts";

/** Removes a network. Ours leave it first: they are replaced behind it. Who else is in it keeps it, by the engine's refusal. */
export async function removeNetwork(
  hands: Hands,
  observed: { readonly handle: string; readonly name: string },
): Promise<void> {
  const { docker, project } = hands;
  const network = docker.getNetwork(observed.handle);
  const doing = `remove the network "${observed.name}"`;
  const report = await engineFind(doing, () => network.inspect());
  if (report === null) return;
  const inside = await Promise.all(
    Object.keys(report.Containers ?? {}).map((id) => engineFind(doing, () => docker.getContainer(id).inspect())),
  );
  const ours = inside.flatMap((each) => (each !== null && isOwnReport(project, each) ? [each.Id] : []));
  await Promise.all(ours.map((id) => engineFind(doing, () => network.disconnect({ Container: id, Force: true }))));
  await engineCall(doing, async () => {
    try {
      await network.remove();
    } catch (cause) {
      if (!isNotFound(cause)) throw cause;
    }
  });
}
