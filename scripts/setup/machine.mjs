import { accessSync, constants, existsSync, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";

/** Whether a program of this name is on PATH. */
export function onPath(name) {
  return (process.env.PATH ?? "").split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** Whether Debian packages can be installed here without asking anybody. */
export function canInstallPackages() {
  return process.platform === "linux" && process.getuid?.() === 0 && onPath("apt-get");
}

/** Whether systemd is the init process of this machine. */
export function hasSystemd() {
  return existsSync("/run/systemd/system");
}

/** The fields of /etc/os-release; empty elsewhere. */
export function osRelease() {
  if (!existsSync("/etc/os-release")) return {};
  const lines = readFileSync("/etc/os-release", "utf8").matchAll(/^(\w+)="?(.*?)"?$/gm);
  return Object.fromEntries([...lines].map(([, key, value]) => [key, value]));
}
