import type Dockerode from "dockerode";
import { CoopError } from "../../diagnostics/coop-error.ts";
import { readFile } from "./volume-files.ts";

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
