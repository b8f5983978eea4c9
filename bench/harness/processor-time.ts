import { readFileSync, readdirSync, readlinkSync } from "node:fs";

/** `CLK_TCK` of every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;

/** Fields of /proc/<pid>/stat after the command's name, which may hold anything. */
function statFields(pid: number | "self"): readonly string[] | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "latin1");
    return text.slice(text.lastIndexOf(")") + 2).split(" ");
  } catch {
    return null;
  }
}

/** Processor seconds of all children that this process has waited for, theirs included. */
export function childrenSeconds(): number {
  const fields = statFields("self") ?? [];
  return (Number(fields[13] ?? 0) + Number(fields[14] ?? 0)) / TICKS_PER_SECOND;
}

/** Seconds of one process and of the children that it has waited for; null when it is gone. */
function secondsOf(pid: number): number | null {
  const fields = statFields(pid);
  if (fields === null) return null;
  return [11, 12, 13, 14].reduce((sum, index) => sum + Number(fields[index] ?? 0), 0) / TICKS_PER_SECOND;
}

/** The engine's own processes on this machine, to know what a client makes the engine work. */
export class EngineProcesses {
  readonly #daemon: number;
  readonly #namespace: string;

  private constructor(daemon: number) {
    this.#daemon = daemon;
    this.#namespace = mountNamespace(daemon);
  }

  /** Null for an engine that is not a process of this machine: a remote or a desktop one. */
  static find(): EngineProcesses | null {
    try {
      const pid = Number(readFileSync("/var/run/docker.pid", "latin1"));
      return commandOf(pid) === "dockerd" ? new EngineProcesses(pid) : null;
    } catch {
      return null;
    }
  }

  /** Seconds by process so far: the daemon, containerd and one shim for each container. */
  read(): ReadonlyMap<number, number> {
    const all = readdirSync("/proc").map(Number).filter(Number.isInteger);
    const ours = all.filter(
      (pid) => pid === this.#daemon || (isRuntime(pid) && mountNamespace(pid) === this.#namespace),
    );
    return new Map(ours.flatMap((pid) => [[pid, secondsOf(pid) ?? 0] as const]));
  }

  /** What was spent since an earlier reading. A shim that has ended since then took its seconds with it. */
  since(before: ReadonlyMap<number, number>): number {
    return [...this.read()].reduce((sum, [pid, seconds]) => sum + seconds - (before.get(pid) ?? 0), 0);
  }
}

function isRuntime(pid: number): boolean {
  const command = commandOf(pid);
  return command === "containerd" || command.startsWith("containerd-shim");
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, "latin1").trim();
  } catch {
    return "";
  }
}

// A second engine beside ours, in namespaces of its own, is not ours to count.
function mountNamespace(pid: number): string {
  try {
    return readlinkSync(`/proc/${pid}/ns/mnt`);
  } catch {
    return "";
  }
}
