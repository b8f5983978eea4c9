import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { SECCOMP_OPTION, SECCOMP_PROFILE } from "../../../../compilers/container/seccomp-profile.ts";

/** Files of coop's that Podman reads from this machine, where Docker is sent what is in them or writes them by itself. */
export interface OwnFiles {
  /** The profile of system calls; the file's name is the option's. */
  readonly seccomp: string;
  /** The only resolver that can answer in a namespace with nothing but `lo`: the forwarder's stub. */
  readonly resolvers: string;
  /** Names of the machine itself alone. Podman would copy the names that this machine knows into every container. */
  readonly hosts: string;
}

const RESOLVERS = "nameserver 127.0.0.1\n";
const HOSTS = "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n";

export function ownFiles(folder: string): OwnFiles {
  return {
    seccomp: join(folder, SECCOMP_OPTION.slice("seccomp=".length)),
    resolvers: join(folder, "resolv.conf"),
    hosts: join(folder, "hosts"),
  };
}

/** Writes what is not there as it should be. Whoever reads them meanwhile reads the whole old or the whole new one. */
export function writeOwnFiles(files: OwnFiles, folder: string): void {
  // Podman's containers open them as other users, by the host's paths: the folders above may be closed, they may not.
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  put(files.seccomp, JSON.stringify(SECCOMP_PROFILE));
  put(files.resolvers, RESOLVERS);
  put(files.hosts, HOSTS);
}

function put(path: string, text: string): void {
  if (readOrNothing(path) === text) return;
  const written = `${path}.${process.pid}`;
  writeFileSync(written, text, { mode: 0o644 });
  renameSync(written, path);
}

function readOrNothing(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return null;
  }
}
