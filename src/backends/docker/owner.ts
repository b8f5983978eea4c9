import type Dockerode from "dockerode";
import { isRoot } from "../../../compilers/container/sandbox-user.ts";
import { CoopError } from "../../diagnostics/coop-error.ts";
import { readFile } from "./volume-files.ts";

/**
 * Refuses a user whom the image calls by another name than root and gives root's number: the plan, which sees the name
 * alone, has not said that the container runs as root.
 */
export async function refuseHiddenRoot(container: Dockerode.Container, user: string): Promise<void> {
  if (isRoot(user) || /^\d+(:|$)/.test(user)) return;
  const { uid } = await ownerOf(container, user);
  if (uid !== 0) return;
  throw new CoopError("ENGINE_REFUSED", `The image's user "${user}" has the number 0: it is root.`, {
    mend: "Name another user in the image, or give an agent `unsafe: { root: true }`, a service `user: root`.",
  });
}

/** Numbers for a container's `User`: `uid:gid` as written, a name by the image's own passwd file, nothing = root. */
export async function ownerOf(
  container: Dockerode.Container,
  user: string,
): Promise<{ readonly uid: number; readonly gid: number }> {
  if (user === "") return { uid: 0, gid: 0 };
  const [name = "", group] = user.split(":");
  if (/^\d+$/.test(name))
    return { uid: Number(name), gid: group !== undefined && /^\d+$/.test(group) ? Number(group) : Number(name) };
  const passwd = (await readFile(container, "/etc/passwd"))?.toString("utf8") ?? "";
  const line = passwd.split("\n").find((each) => each.startsWith(`${name}:`));
  const fields = line?.split(":") ?? [];
  if (fields[2] === undefined || fields[3] === undefined) {
    throw new CoopError("ENGINE_REFUSED", `The image's user "${name}" does not stand in its /etc/passwd.`, {
      mend: "Name a user in the image that exists, or give a number.",
    });
  }
  return { uid: Number(fields[2]), gid: Number(fields[3]) };
}
