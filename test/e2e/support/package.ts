import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { must } from "./command.ts";
import type { Scope } from "./scope.ts";

const ROOT = resolve(import.meta.dirname, "../../..");
const SOURCES = ["bin", "compilers", "providers", "schema", "scripts", "src", "package.json", "README.md"];

/** Builds and packs coop from its sources, in a folder of its own, and gives the tarball's path. */
export async function packed(scope: Scope): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "coop-pack-"));
  scope.later(() => rmSync(folder, { recursive: true, force: true }));
  const copy = join(folder, "sources");
  mkdirSync(copy);
  for (const name of SOURCES)
    cpSync(join(ROOT, name), join(copy, name), { recursive: true, filter: (path) => !path.endsWith("/node_modules") });
  symlinkSync(join(ROOT, "node_modules"), join(copy, "node_modules"));
  await must([process.execPath, "scripts/build.ts"], { cwd: copy });
  // What is built is packed: npm's own build step would set this machine up first.
  const said = await must(["npm", "pack", "--ignore-scripts", "--json", "--pack-destination", folder], { cwd: copy });
  const [{ filename }] = JSON.parse(said) as readonly [{ readonly filename: string }];
  return join(folder, filename);
}
