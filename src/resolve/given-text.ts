import { constants } from "node:fs";
import { open, realpath } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { CoopError } from "../diagnostics/coop-error.ts";

/** Linux takes at most 128 KiB as one argument or variable; some of it is for the rest of it. */
const MAX_BYTES = 100 * 1024;

/** A repository, and what one agent may not see of it. */
export interface GivenFrom {
  /** The repository's folder, absolute, without symbolic links. */
  readonly root: string;
  /** The folder of coop.yaml: what the file names is relative to it. */
  readonly folder: string;
  /** The rule that hides a path, relative to the root, from the agent; null = it sees it. */
  readonly hiddenBy: (path: string) => Promise<string | null>;
}

/** A text of the repository that goes into a sandbox as a task. */
export interface GivenText {
  /** Relative to the repository's root. */
  readonly path: string;
  readonly text: string;
}

/**
 * Reads a file that a sandbox is given as its task: an ordinary UTF-8 file inside the repository that the sandbox may see
 * anyway. Whoever wrote the coop.yaml of a cloned repository must not have `.env` handed to an agent this way.
 */
export async function givenText(from: GivenFrom, path: string, field: string): Promise<GivenText> {
  const named = join(from.folder, path);
  const refuse = (why: string, mend: string, cause?: unknown): CoopError =>
    new CoopError("FILE_UNREADABLE", `\`${field}\` names \`${path}\`, which ${why}.`, { mend, cause });
  const real = await realpath(named).catch((cause: unknown) => {
    throw refuse("is not there", "Name a file that is.", cause);
  });
  if (!real.startsWith(from.root.endsWith(sep) ? from.root : from.root + sep))
    throw refuse("leads out of the repository", "Name a file of the repository.");
  // A link to a hidden file is as hidden as that.
  for (const each of new Set([relative(from.root, named), relative(from.root, real)])) {
    const rule = await from.hiddenBy(each);
    if (rule === null) continue;
    throw refuse(
      `is hidden from the sandbox by \`${rule}\`, and so cannot be its task`,
      "Name another file, or make it visible by `ignore.allow`.",
    );
  }
  const file = await open(real, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch(
    (cause: unknown) => {
      throw refuse("cannot be read", "Make it readable.", cause);
    },
  );
  try {
    const stats = await file.stat();
    if (!stats.isFile()) throw refuse("is no ordinary file", "Name a text file.");
    if (stats.size > MAX_BYTES)
      throw refuse("is larger than 100 KiB", "Keep the task short, and let it name the files to read.");
    const text = new TextDecoder("utf-8", { fatal: true }).decode(await file.readFile());
    if (text.includes("\0")) throw refuse("is no text", "Name a text file.");
    return { path: relative(from.root, named).split(sep).join("/"), text };
  } catch (cause) {
    if (cause instanceof TypeError) throw refuse("is not UTF-8", "Save it as UTF-8.", cause);
    throw cause;
  } finally {
    await file.close();
  }
}
