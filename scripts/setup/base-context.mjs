import { chmodSync, cpSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runCommand } from "./run-command.mjs";
import { ensurePinnedNode } from "./toolchain.mjs";

/** Fills `context` for the base image's Dockerfile: `root/` is copied over the root of the image. */
export async function fillBaseContext({ definition, context, official, log }) {
  const root = join(context, "root");
  const setup = join(root, "opt/coop-setup");
  mkdirSync(setup, { recursive: true });
  cpSync(join(definition.folder, "Dockerfile"), join(context, "Dockerfile"));
  cpSync(join(definition.folder, "prepare"), join(setup, "prepare"));
  if (definition.authorities.length > 0) mkdirSync(join(setup, "certificates"));
  for (const [index, pem] of definition.authorities.entries()) {
    writeFileSync(join(setup, "certificates", `added-${index}.crt`), `${pem}\n`);
  }
  if (official) writeFileSync(join(setup, "packages"), definition.packages.join("\n"));
  else await placeNode({ definition, prefix: join(root, "usr/local"), log });
}

async function placeNode({ definition, prefix, log }) {
  const [bin, modules] = ["bin", "lib/node_modules"].map((name) => join(prefix, name));
  mkdirSync(bin, { recursive: true });
  mkdirSync(modules, { recursive: true });
  cpSync(await ensurePinnedNode(), join(bin, "node"));
  await runCommand("npm", ["pack", `npm@${definition.npm}`, "--pack-destination", modules], { log });
  const archive = join(modules, `npm-${definition.npm}.tgz`);
  await runCommand("tar", ["-C", modules, "-xzf", archive], { log });
  rmSync(archive);
  renameSync(join(modules, "package"), join(modules, "npm"));
  for (const name of ["npm", "npx"]) {
    chmodSync(join(modules, `npm/bin/${name}-cli.js`), 0o755);
    symlinkSync(`../lib/node_modules/npm/bin/${name}-cli.js`, join(bin, name));
  }
}
