import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** The host that npm asks where nobody has configured another: by npm itself, whatever this machine has set. */
export function npmHost(): string {
  // npm writes a log and a cache into its home, and makes the home where there is none.
  const home = mkdtempSync(join(tmpdir(), "coop-e2e-"));
  try {
    const args = ["config", "get", "registry", "--userconfig", "/dev/null", "--globalconfig", join(home, "none")];
    const env = { PATH: process.env["PATH"], HOME: home };
    return new URL(execFileSync("npm", args, { env, cwd: home, encoding: "utf8" }).trim()).host;
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}
