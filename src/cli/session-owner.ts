import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { hostname } from "node:os";

/** Who opened a session, told so that it can be proved dead: machine, boot, process, start of the process. */
export function sessionOwner(): string {
  return [machine(), boot(), process.pid, startToken(process.pid) ?? ""].join(":");
}

/** Whether the owner is provably gone, provably there, or on a machine that cannot be asked. */
export function ownerState(owner: string): "alive" | "dead" | "unknown" {
  const [onMachine, onBoot, pid, start] = owner.split(":");
  if (onMachine !== machine()) return "unknown";
  if (onBoot !== boot()) return "dead";
  // A pid alone proves nothing: it may belong to a successor.
  return startToken(Number(pid)) === start ? "alive" : "dead";
}

function machine(): string {
  return createHash("sha256")
    .update(read("/etc/machine-id") ?? hostname())
    .digest("hex")
    .slice(0, 12);
}

function boot(): string {
  return (read("/proc/sys/kernel/random/boot_id") ?? "").replaceAll("-", "").trim().slice(0, 12);
}

// Field 22 of proc(5) stat, counted behind the command's name, which may hold spaces and brackets.
function startToken(pid: number): string | null {
  const stat = read(`/proc/${pid}/stat`);
  if (stat !== null) return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? null;
  if (process.platform === "linux") return null;
  return signalled(pid) ? "" : null;
}

function signalled(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

function read(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return null;
  }
}
