import { readFile } from "node:fs/promises";

/**
 * What runs in a container by this machine's own process table: its first process and that one's children. Null where
 * the engine's processes do not stand in it, or may not be read. Asking the engine costs it a `ps` for each look.
 */
export async function localPrograms(container: string, pid: number): Promise<readonly string[] | null> {
  try {
    // Another machine or namespace has other processes under the same numbers; only its own carry the container's id.
    if (!(await textOf(pid, "cgroup")).includes(container)) return null;
    const children = (await textOf(pid, `task/${pid}/children`)).trim();
    const pids = [pid, ...(children === "" ? [] : children.split(" ").map(Number))];
    const programs = await Promise.all(
      pids.map(async (each) => (await textOf(each, "cmdline")).replaceAll("\0", " ").trim()),
    );
    // One that has just ended has no text any more.
    return programs.filter((each) => each !== "");
  } catch {
    return null;
  }
}

function textOf(pid: number, file: string): Promise<string> {
  return readFile(`/proc/${pid}/${file}`, "utf8");
}
