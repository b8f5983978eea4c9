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
export function secondsOf(pid: number): number | null {
  const fields = statFields(pid);
  if (fields === null) return null;
  return [11, 12, 13, 14].reduce((sum, index) => sum + Number(fields[index] ?? 0), 0) / TICKS_PER_SECOND;
}

const SYSTEM_CONTAINERD = "/run/containerd/containerd.sock";

/** The engine's own processes on this machine, to know what a client makes the engine work. */
export class EngineProcesses {
  readonly #daemon: number;
  readonly #namespace: string;
  /** Where the daemon's containerd listens: its shims carry it in their arguments. */
  readonly #containerd: string;

  private constructor(daemon: number) {
    this.#daemon = daemon;
    this.#namespace = mountNamespace(daemon);
    const own = allProcesses().find((pid) => parentOf(pid) === daemon && commandOf(pid) === "containerd");
    const config = own === undefined ? undefined : argumentsOf(own).find((each) => each.endsWith("/containerd.toml"));
    this.#containerd =
      config === undefined ? SYSTEM_CONTAINERD : config.replace(/containerd\.toml$/, "containerd.sock");
  }

  /** Those of the engine that listens on this socket; null for one that is no process of this machine. */
  static find(address: string): EngineProcesses | null {
    const path = address.replace(/^unix:\/\//, "");
    const inodes = listenersOf(path);
    const daemon = allProcesses().find(
      (pid) => commandOf(pid) === "dockerd" && socketsOf(pid).some((each) => inodes.has(each)),
    );
    return daemon === undefined ? null : new EngineProcesses(daemon);
  }

  /** Seconds by process so far: the daemon, containerd and one shim for each container. */
  read(): ReadonlyMap<number, number> {
    const ours = allProcesses().filter((pid) => pid === this.#daemon || this.#isOurs(pid));
    return new Map(ours.flatMap((pid) => [[pid, secondsOf(pid) ?? 0] as const]));
  }

  /** What was spent since an earlier reading. A shim that has ended since then took its seconds with it. */
  since(before: ReadonlyMap<number, number>): number {
    return [...this.read()].reduce((sum, [pid, seconds]) => sum + seconds - (before.get(pid) ?? 0), 0);
  }

  // A second engine beside ours may use the same paths in a namespace of its own.
  #isOurs(pid: number): boolean {
    const command = commandOf(pid);
    if (!command.startsWith("containerd") || mountNamespace(pid) !== this.#namespace) return false;
    if (command === "containerd") return parentOf(pid) === this.#daemon || this.#containerd === SYSTEM_CONTAINERD;
    return argumentsOf(pid).includes(this.#containerd);
  }
}

function allProcesses(): readonly number[] {
  return readdirSync("/proc").map(Number).filter(Number.isInteger);
}

/** Inodes of the sockets that listen under a path. */
function listenersOf(path: string): ReadonlySet<string> {
  const lines = readFileSync("/proc/net/unix", "latin1").split("\n");
  return new Set(
    lines
      .map((line) => line.trim().split(/\s+/))
      .filter((fields) => fields[7] === path || fields[7] === path.replace(/^\/var\/run\//, "/run/"))
      .map((fields) => `socket:[${fields[6] ?? ""}]`),
  );
}

function socketsOf(pid: number): readonly string[] {
  return tolerant(() => readdirSync(`/proc/${pid}/fd`), []).map((fd) =>
    tolerant(() => readlinkSync(`/proc/${pid}/fd/${fd}`), ""),
  );
}

function argumentsOf(pid: number): readonly string[] {
  return tolerant(() => readFileSync(`/proc/${pid}/cmdline`, "latin1"), "").split("\0");
}

function parentOf(pid: number): number {
  return Number(statFields(pid)?.[1] ?? -1);
}

function commandOf(pid: number): string {
  return tolerant(() => readFileSync(`/proc/${pid}/comm`, "latin1"), "").trim();
}

function mountNamespace(pid: number): string {
  return tolerant(() => readlinkSync(`/proc/${pid}/ns/mnt`), "");
}

// A process may end between two looks.
function tolerant<T>(read: () => T, otherwise: T): T {
  try {
    return read();
  } catch {
    return otherwise;
  }
}
