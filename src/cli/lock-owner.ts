import { readFile, readdir, readlink } from "node:fs/promises";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";

/** Who lives says who it is at once; this is for one that was stopped, or that hangs. Milliseconds. */
const ANSWER_MS = 2000;

/** Who holds a lock, as it says itself; where it says nothing, as the kernel knows it. */
export async function ownerOf(address: string): Promise<string> {
  const socket = connect(address);
  const done = new AbortController();
  try {
    // The kernel takes the connection of one that does not run, and nobody ever answers it.
    const said = await Promise.race([text(socket), sleep(ANSWER_MS, null, { signal: done.signal }).catch(() => null)]);
    return said ?? (await hangingOwner(address));
  } catch {
    return "it ended just now";
  } finally {
    done.abort();
    socket.destroy();
  }
}

async function hangingOwner(address: string): Promise<string> {
  const pid = await holderOf(address);
  if (pid === null) return "a process of somebody else's, which does not answer";
  const [command, stat] = await Promise.all([
    readFile(`/proc/${pid}/cmdline`, "utf8"),
    readFile(`/proc/${pid}/stat`, "utf8"),
  ]);
  const words = command.split("\0").filter((each) => each !== "");
  // The state stands behind the name, which is in brackets and may hold anything.
  const stopped = /^ [Tt]/.test(stat.slice(stat.lastIndexOf(")") + 1));
  const why = stopped ? `is stopped (\`kill -CONT ${pid}\` lets it go on)` : "does not answer";
  return `pid ${pid} (${words.slice(-4).join(" ")}) ${why}`;
}

/** The process that listens on an abstract socket; null where this user may not see it. */
async function holderOf(address: string): Promise<number | null> {
  const name = `@${address.slice(1)}`;
  const lines = (await readFile("/proc/net/unix", "utf8")).split("\n");
  // Number, references, protocol, flags (the listening bit), type, state, inode, path.
  const listening = lines
    .map((line) => line.trim().split(/\s+/))
    .find((each) => each[7] === name && each[3] !== "00000000");
  if (listening === undefined) return null;
  const wanted = `socket:[${listening[6]}]`;
  for (const pid of (await readdir("/proc")).filter((each) => /^\d+$/.test(each))) {
    const descriptors = await readdir(`/proc/${pid}/fd`).catch(() => []);
    const links = await Promise.all(descriptors.map((each) => readlink(`/proc/${pid}/fd/${each}`).catch(() => "")));
    if (links.includes(wanted)) return Number(pid);
  }
  return null;
}
