import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The root of the checkout. */
export const repository = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** A path below `.coop/`, the git-ignored folder of stamps, logs and chosen image references. */
export function statePath(...parts) {
  const path = join(repository, ".coop", ...parts);
  mkdirSync(dirname(path), { recursive: true });
  return path;
}
