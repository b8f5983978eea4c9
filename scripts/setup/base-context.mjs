import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runCommand } from "./run-command.mjs";
import { ensurePinnedNode } from "./toolchain.mjs";

/** Fills `context` with what the base image's Dockerfile copies: added authorities, and Node and npm or the package list. */
export async function fillBaseContext({ definition, context, official, log }) {
  cpSync(definition.folder, context, { recursive: true });
  if (definition.authorities.length > 0) {
    mkdirSync(join(context, "certificates"));
    definition.authorities.forEach((pem, index) => writeFileSync(join(context, "certificates", `added-${index}.crt`), `${pem}\n`));
  }
  if (official) {
    writeFileSync(join(context, "packages"), definition.packages.join("\n"));
    return;
  }
  const target = join(context, "node");
  mkdirSync(target);
  cpSync(await ensurePinnedNode(), join(target, "node"));
  await runCommand("npm", ["pack", `npm@${definition.npm}`, "--pack-destination", target], { log });
  await runCommand("tar", ["-C", target, "-xzf", join(target, `npm-${definition.npm}.tgz`)], { log });
  await runCommand("sh", ["-c", 'cd "$0" && mv package npm && rm ./*.tgz', target], { log });
}
