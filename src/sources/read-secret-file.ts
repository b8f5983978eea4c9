import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { VALUE_LIMIT } from "./run-source.ts";
import { SourceFailure } from "./source-failure.ts";

/**
 * The text of a file of secrets. It must be the user's own and nobody else's to read; or root's, as what an orchestrator mounts,
 * and nobody else's to write.
 */
export async function readSecretFile(path: string): Promise<string> {
  const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch((error: NodeJS.ErrnoException) => {
    throw new SourceFailure(
      error.code === "ENOENT" ? "is not there" : `cannot be read (${error.code})`,
      `Put the value into ${path}, and chmod 600 ${path}`,
    );
  });
  try {
    const stats = await handle.stat();
    if (!stats.isFile()) throw new SourceFailure("is no regular file", "Name a file.");
    const user = process.geteuid?.() ?? stats.uid;
    if (stats.uid !== user && stats.uid !== 0)
      throw new SourceFailure(`belongs to the user ${stats.uid}`, "Name a file of your own.");
    if ((stats.mode & (stats.uid === user ? 0o077 : 0o022)) !== 0)
      throw new SourceFailure(`is open to others (mode ${(stats.mode & 0o777).toString(8)})`, `chmod 600 ${path}`);
    if (stats.size > VALUE_LIMIT) throw new SourceFailure(`is larger than ${VALUE_LIMIT / 1024} KiB`, "Name another.");
    return await handle.readFile("utf8");
  } finally {
    await handle.close();
  }
}
