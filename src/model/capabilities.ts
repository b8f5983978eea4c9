/**
 * What a target can enforce, found by probing when it is opened, never assumed from a version. A file that asks for what
 * is false here is refused (COOP3xxx), never weakened.
 */
export interface Capabilities {
  /** The engine's own words for itself: "Docker 20.10.24, API 1.41". */
  readonly description: string;
  readonly memoryLimit: boolean;
  readonly cpuLimit: boolean;
  readonly pidsLimit: boolean;
  readonly seccomp: boolean;
  /** Runtimes by the name of coop.yaml's `isolation`. */
  readonly isolations: readonly ("container" | "gvisor" | "kata" | "bubblewrap")[];
  /** Whether the engine runs on this machine, so that its containers see this machine's files. */
  readonly local: boolean;
}
