import { execFileSync } from "node:child_process";

/** The host that npm asks where nobody has configured another: by npm itself, whatever this machine has set. */
export function npmHost(): string {
  const args = ["config", "get", "registry", "--userconfig", "/dev/null", "--globalconfig", "/nonexistent"];
  const env = { PATH: process.env["PATH"], HOME: "/nonexistent" };
  return new URL(execFileSync("npm", args, { env, cwd: "/", encoding: "utf8" }).trim()).host;
}
