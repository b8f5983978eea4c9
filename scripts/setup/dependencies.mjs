import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { withLock } from "./lock.mjs";
import { repository } from "./paths.mjs";
import { step } from "./progress.mjs";
import { runCommand } from "./run-command.mjs";

const ongoing = new Map();

/** Installs what a folder's package-lock.json names, unless node_modules already came from that very file. */
export async function ensureDependencies(name, folder) {
  if (installed(folder)) return;
  if (!ongoing.has(folder)) ongoing.set(folder, install(name, folder));
  await ongoing.get(folder);
}

async function install(name, folder) {
  await withLock(`npm-${createHash("sha256").update(folder).digest("hex").slice(0, 16)}`, async () => {
    if (installed(folder)) return;
    const where = join(relative(repository, folder), "node_modules");
    await step(name, `npm ci: writes ${where}/, runs no package's scripts`, async ({ log }) => {
      await runCommand("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], {
        log,
        cwd: folder,
        mend: "Check that the npm registry answers (`npm ping`), then run the same command again.",
      });
      writeFileSync(stampPath(folder), lockDigest(folder));
    });
  });
}

function installed(folder) {
  const stamp = stampPath(folder);
  return existsSync(stamp) && readFileSync(stamp, "utf8") === lockDigest(folder);
}

// Inside node_modules, so that deleting the folder deletes the claim that it is complete.
function stampPath(folder) {
  return join(folder, "node_modules", ".coop-lock-digest");
}

function lockDigest(folder) {
  return createHash("sha256")
    .update(readFileSync(join(folder, "package-lock.json")))
    .digest("hex");
}
