import { readFileSync } from "node:fs";
import { join } from "node:path";
import { packageRoot } from "../image/package-root.ts";

/** The version in coop's own package.json. */
export function version(): string {
  const manifest: { readonly version?: unknown } = JSON.parse(
    readFileSync(join(packageRoot(), "package.json"), "utf8"),
  );
  return String(manifest.version);
}
