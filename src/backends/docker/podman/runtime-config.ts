import { readFile } from "node:fs/promises";
import { fieldsOf, listIn, textIn, textsIn } from "./json.ts";
import type { Fields } from "./json.ts";

/**
 * What Podman gave to its runtime when it started a container: the only place where some of what confines it can be seen,
 * since Podman's reports leave it out or guess. Null where the container has not been started.
 */
export interface RuntimeConfig {
  /** The kinds of namespaces that are the container's own or joined: `pid`, `ipc`, `cgroup`, … */
  readonly namespaces: readonly string[];
  readonly maskedPaths: readonly string[];
  readonly readonlyPaths: readonly string[];
  /** The filter of system calls; null = none. */
  readonly seccomp: Fields | null;
  readonly sysctls: Fields;
  /** Options of scratch space by its place, with no link in it. */
  readonly scratch: Readonly<Record<string, string>>;
  /** Capabilities of the bounding set, with their prefix. */
  readonly bounding: readonly string[];
}

/** Reads it from this machine; rejects where it is there and cannot be read. */
export async function readRuntimeConfig(path: string): Promise<RuntimeConfig | null> {
  if (path === "") return null;
  try {
    return runtimeConfigOf(JSON.parse(await readFile(path, "utf8")));
  } catch (cause) {
    // Removed between its report and this look.
    if (cause instanceof Error && "code" in cause && cause.code === "ENOENT") return null;
    throw cause;
  }
}

export function runtimeConfigOf(value: unknown): RuntimeConfig {
  const config = fieldsOf(value);
  const linux = fieldsOf(config["linux"]);
  return {
    namespaces: listIn(linux["namespaces"]).map((each) => textIn(fieldsOf(each)["type"])),
    maskedPaths: textsIn(linux["maskedPaths"]),
    readonlyPaths: textsIn(linux["readonlyPaths"]),
    seccomp: linux["seccomp"] === undefined || linux["seccomp"] === null ? null : fieldsOf(linux["seccomp"]),
    sysctls: fieldsOf(linux["sysctl"]),
    scratch: Object.fromEntries(
      listIn(config["mounts"])
        .map((each) => fieldsOf(each))
        .filter((each) => each["type"] === "tmpfs" && each["destination"] !== "/dev")
        .map((each) => [textIn(each["destination"]), textsIn(each["options"]).join(",")]),
    ),
    bounding: textsIn(fieldsOf(fieldsOf(config["process"])["capabilities"])["bounding"]),
  };
}
