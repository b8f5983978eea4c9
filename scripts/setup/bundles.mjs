import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { repository } from "./paths.mjs";
import { step } from "./progress.mjs";
import { runCommand } from "./run-command.mjs";

const SOURCES = ["src", "compilers", "schema", "package-lock.json", "scripts/build.ts"];

/** Builds coop and the programs that run in containers where a source is newer than they are. */
export async function ensureBundles({ node }) {
  const stamp = join(repository, "dist/.coop-built");
  const builtMs = existsSync(stamp) ? statSync(stamp).mtimeMs : 0;
  if (!SOURCES.some((source) => changedSince(join(repository, source), builtMs))) return;
  await step("bundles", "esbuild: writes dist/, coop itself and the programs that run in containers", ({ log }) =>
    runCommand(node, ["scripts/build.ts"], { log }),
  );
}

// A folder counts as well: its time tells of what was deleted.
function changedSince(path, builtMs) {
  if (!existsSync(path)) return false;
  const entry = statSync(path);
  if (entry.mtimeMs > builtMs) return true;
  return entry.isDirectory() && readdirSync(path).some((name) => changedSince(join(path, name), builtMs));
}
