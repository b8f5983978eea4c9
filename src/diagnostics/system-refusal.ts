import { CoopError } from "./coop-error.ts";

const REFUSALS: Readonly<Record<string, readonly [why: string, mend: string]>> = {
  ENOSPC: ["no space is left there", "Make room, and run the command again."],
  EDQUOT: ["your share of the disk is used up", "Make room, and run the command again."],
  EROFS: ["it lies on a file system that can only be read", "Make it writable, or work on a copy."],
  EACCES: ["you are not permitted to", "Change its permissions, or run coop as the user whose it is."],
  EPERM: ["you are not permitted to", "Change its permissions, or run coop as the user whose it is."],
  ENOTDIR: ["a part of its path is no folder", "Move what is in the way, or name another place."],
  EISDIR: ["it is a folder", "Move what is in the way, or name another place."],
  ELOOP: ["its links lead in a circle", "Mend the links, or name another place."],
  EMFILE: ["this process has too many files open", "Raise `ulimit -n`, and run the command again."],
  ENFILE: ["this machine has too many files open", "Close some programs, and run the command again."],
  EIO: ["the disk gave an error", "Look at the machine's log; the disk may be failing."],
  ENOMEM: ["there is no memory left", "Close some programs, and run the command again."],
};

/** An error with the place that it is about: a write that finds no room does not say where. */
export function atPlace(error: unknown, path: string): unknown {
  return error instanceof Error && "syscall" in error && !("path" in error) ? Object.assign(error, { path }) : error;
}

/** A refusal of the operating system's as coop's own words; null for an error that is something else. */
export function systemRefusal(error: unknown): CoopError | null {
  if (!(error instanceof Error) || !("syscall" in error) || !("code" in error)) return null;
  const known = REFUSALS[String(error.code)];
  if (known === undefined) return null;
  const place = ["dest" in error ? error.dest : null, "path" in error ? error.path : null].find(
    (each) => typeof each === "string",
  );
  const [why, mend] = known;
  const what = `${String(error.syscall)}${place === undefined ? "" : ` ${place}`}`;
  return new CoopError("SYSTEM_REFUSED", `This machine refused to ${what}: ${why}.`, { mend, cause: error });
}
