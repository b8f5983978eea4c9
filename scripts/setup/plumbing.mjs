import { existsSync, readdirSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { repository, statePath } from "./paths.mjs";
import { step } from "./progress.mjs";
import { runCommand } from "./run-command.mjs";

const SOURCES = ["src", "package-lock.json", "scripts/build.ts"];

/** Builds the programs that run in containers where a source is newer than they are. */
export async function ensurePlumbing({ node }) {
  const stamp = statePath("plumbing.built");
  const built = existsSync(stamp) && existsSync(join(repository, "dist/plumbing"));
  const builtMs = built ? statSync(stamp).mtimeMs : 0;
  if (!SOURCES.some((source) => changedSince(join(repository, source), builtMs))) return;
  await step("plumbing", "esbuild: writes dist/plumbing/, the programs that run in containers", async ({ log }) => {
    const startedMs = Date.now();
    await runCommand(node, ["scripts/build.ts", "--plumbing"], { log });
    writeFileSync(stamp, "");
    utimesSync(stamp, startedMs / 1000, startedMs / 1000);
  });
}

// A folder counts as well: its time tells of what was deleted.
function changedSince(path, builtMs) {
  if (!existsSync(path)) return false;
  const entry = statSync(path);
  if (entry.mtimeMs > builtMs) return true;
  return entry.isDirectory() && readdirSync(path).some((name) => changedSince(join(path, name), builtMs));
}
