import type Dockerode from "dockerode";
import { LABEL } from "../../backend/labels.ts";
import { engineCall, engineFind } from "./engine-errors.ts";

const PUBLISHER = /^container:publisher\.sandbox\.(.+)$/;

/** Host ports that a project's publishers hold, running or not, by `owner.replica:port`. */
export async function publishedPorts(docker: Dockerode, project: string): Promise<Readonly<Record<string, number>>> {
  const filters = { label: [`${LABEL.project}=${project}`] };
  const all = await engineCall("list its containers", () => docker.listContainers({ all: true, filters }));
  const publishers = all.flatMap((each) => {
    const path = PUBLISHER.exec(each.Labels[LABEL.id] ?? "")?.[1];
    return path === undefined ? [] : [{ path, container: docker.getContainer(each.Id) }];
  });
  const held = await Promise.all(
    publishers.map(async ({ path, container }) => {
      const report = await engineFind("inspect a publisher", () => container.inspect());
      // The type says `any`: bindings by `3000/tcp`, each a list of host addresses.
      const bindings: Readonly<Record<string, readonly { readonly HostPort?: string }[] | null>> =
        report?.HostConfig.PortBindings ?? {};
      return Object.entries(bindings).flatMap(([port, on]) => {
        const number = Number(on?.[0]?.HostPort);
        return Number.isInteger(number) && number > 0
          ? [[`${path}:${Number.parseInt(port, 10)}`, number] as const]
          : [];
      });
    }),
  );
  return Object.fromEntries(held.flat());
}
