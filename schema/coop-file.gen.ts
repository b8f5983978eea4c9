// Made from coop.v1.schema.json by `npm run generate`. Do not edit.

/**
 * A DNS-1123 label: lower-case letters, digits and `-`, at most 63, a letter or digit at both ends.
 */
export type Name = string;
/**
 * A text that is not empty.
 */
export type Text = string;
/**
 * A path inside the repository, relative to this file.
 */
export type RepositoryPath = string;
/**
 * Names from `egress.rules`; `[]` is nothing at all; `open` is every public name, while private, metadata and host addresses stay refused. Default: nothing.
 */
export type EgressChoice = readonly Text[] | "open";
/**
 * Environment variables: a mapping of names to values, or a list of `NAME=VALUE`. Nothing is interpolated: a value from elsewhere is `{ env: NAME }` or `{ credential: name }`. Names that start with `COOP_` and the proxy variables belong to coop.
 */
export type EnvironmentEntry =
  | {
      readonly [k: string]: EnvironmentValue;
    }
  | readonly string[];
/**
 * A literal, or where the value comes from.
 */
export type EnvironmentValue = string | number | boolean | EnvironmentSource;
/**
 * The name of an environment variable: letters, digits and `_`, not a digit first.
 */
export type EnvironmentName = string;
/**
 * A TCP port, 1 to 65535.
 */
export type Port = number;
/**
 * A whole number with its unit: `512MiB`, `4GiB`. A plain number is refused.
 */
export type Size = string;
/**
 * When an ended sandbox or service is started again, with a growing pause that has a cap. `always`; `on-failure`: after an exit code other than 0; `never`.
 */
export type Restart = "always" | "on-failure" | "never";
/**
 * `NAME:TARGET` or `NAME:TARGET:ro`. The volume belongs to the project and is never shared with another one. The target is absolute, or `~/…` for the home of the sandbox's user. Folders of the host cannot be mounted.
 */
export type VolumeMount = string;
/**
 * A program and its arguments as a list, or one line that is split at blanks outside quotes. No shell reads it: for one, write `["sh", "-c", "…"]`.
 */
export type CommandLine = string | readonly string[];
/**
 * A whole number with its unit: `500ms`, `2s`, `5m`, `8h`. A plain number is refused.
 */
export type Duration = string;

/**
 * One coop.yaml: which agents run in which sandbox, with which services, what they may reach with which credentials, what they may never see, and how many of them run.
 */
export interface CoopFile {
  /**
   * The version of this format. Always `coop/v1`.
   */
  readonly version: "coop/v1";
  readonly project?: Name;
  readonly defaults?: AgentEntry;
  /**
   * The declared workloads, by name.
   */
  readonly agents?: {
    readonly [k: string]: AgentEntry;
  };
  /**
   * Supporting containers, by name. The field names follow the compose file.
   */
  readonly services?: {
    readonly [k: string]: ServiceEntry;
  };
  readonly egress?: EgressEntry;
  readonly ignore?: IgnoreEntry;
  /**
   * Named secrets, by name. Their values are never in this file.
   */
  readonly credentials?: {
    readonly [k: string]: CredentialEntry;
  };
  /**
   * Many sandboxes of one agent, by name.
   */
  readonly fleets?: {
    readonly [k: string]: FleetEntry;
  };
  /**
   * Where this project can run, by name. Default: `local`, which is Docker.
   */
  readonly targets?: {
    readonly [k: string]: TargetEntry;
  };
  readonly defaultTarget?: Name;
  readonly gate?: Text;
}
/**
 * A declared workload: a coding-agent CLI or any command, in a sandbox of its own.
 */
export interface AgentEntry {
  /**
   * What runs: `claude`, `codex`, `gemini`, `shell`, or a command as a list such as `["npm", "test"]`. Default: nothing; the sandbox waits for `coop exec`, `coop shell` and the agent commands.
   */
  readonly run?: ("claude" | "codex" | "gemini" | "shell") | readonly string[];
  readonly model?: Text;
  readonly prompt?: Text;
  readonly promptFile?: RepositoryPath;
  readonly image?: ImageEntry;
  /**
   * The sandbox's copy of the repository: a mapping, or just its mode. Default: `clone`.
   */
  readonly workspace?: ("clone" | "live" | "none") | WorkspaceEntry;
  readonly egress?: EgressChoice;
  /**
   * Names from `credentials` that the gateway may use for this agent. Default: none but those of its rules.
   */
  readonly credentials?: readonly Text[];
  /**
   * Names from `services` that the agent reaches by name; it reaches no other. Default: none.
   */
  readonly services?: readonly Text[];
  readonly environment?: EnvironmentEntry;
  /**
   * Ports of the sandbox that are published on the host's loopback only. The host's number is the same where that is free, else the next free one above it. It is allocated once and kept until `coop destroy`; `coop status` shows it. It leads to the server inside the sandbox as well, so that one URL (`$COOP_URL_<port>`) works in both places.
   */
  readonly ports?: readonly Port[];
  /**
   * TCP ports of the host's loopback that this agent may reach, through a relay with fixed targets. Default: none.
   */
  readonly hostPorts?: readonly Port[];
  readonly resources?: ResourcesEntry;
  readonly restart?: Restart;
  /**
   * The wall around the sandbox. Default: `container`.
   */
  readonly isolation?: "container" | "gvisor" | "kata" | "bubblewrap";
  /**
   * Patterns hidden from this agent, on top of the project's `ignore`. Default: none.
   */
  readonly ignore?: readonly Text[];
  /**
   * Named volumes of the project. Default: none.
   */
  readonly volumes?: readonly VolumeMount[];
  readonly unsafe?: UnsafeEntry;
}
/**
 * An image: at most one of `base`, `dockerfile` and `ref`.
 */
export interface ImageEntry {
  /**
   * coop's own base image, made from Debian with Git, Node and the agent's CLI.
   */
  readonly base?: "default";
  readonly dockerfile?: RepositoryPath;
  readonly ref?: Text;
  /**
   * Debian packages to add. Default: none.
   */
  readonly packages?: readonly Text[];
  readonly toolchain?: RepositoryPath;
  /**
   * What a build of this image may reach: `open` is anything, as the engine's own builds do; `none` is nothing.
   */
  readonly network?: "open" | "none";
}
/**
 * The sandbox's copy of the repository.
 */
export interface WorkspaceEntry {
  /**
   * `clone`: a fresh clone with the dirty and untracked files that `ignore` lets through; `live`: the host's own tree; `none`: no repository.
   */
  readonly mode?: "clone" | "live" | "none";
  /**
   * The commit that a clone starts from: a branch, tag or commit id.
   */
  readonly ref?: string;
  /**
   * Where it lies in the sandbox: an absolute path, or `same` for the host's own path of the repository.
   */
  readonly path?: string;
  /**
   * Whether the sandbox can change its copy.
   */
  readonly readOnly?: boolean;
}
/**
 * Where a value comes from; exactly one of the keys.
 */
export interface EnvironmentSource {
  readonly env?: EnvironmentName;
  readonly credential?: Text;
  /**
   * `true`: coop makes a random value once, keeps it beside the service's data and gives it to the agents that use the service. Services only.
   */
  readonly generate?: true;
}
/**
 * Limits that the kernel holds.
 */
export interface ResourcesEntry {
  /**
   * Processors, may be a fraction.
   */
  readonly cpus?: number;
  readonly memory?: Size;
  /**
   * Processes and threads.
   */
  readonly pids?: number;
}
/**
 * The closed list of typed loosenings.
 */
export interface UnsafeEntry {
  /**
   * The process runs as user 0.
   */
  readonly root?: boolean;
  /**
   * The root file system can be written.
   */
  readonly writableRoot?: boolean;
  /**
   * Linux capabilities to keep, without the prefix `CAP_`.
   */
  readonly capabilities?: readonly Text[];
  /**
   * Set-user-id programs work (no `no-new-privileges`).
   */
  readonly privilegeGain?: boolean;
  /**
   * The sandbox is on a network of the engine, past the gateway: no egress rule holds.
   */
  readonly rawNetwork?: boolean;
  /**
   * No system-call filter.
   */
  readonly seccompUnconfined?: boolean;
}
/**
 * A supporting container that chosen agents reach by name.
 */
export interface ServiceEntry {
  readonly image: Text;
  readonly command?: CommandLine;
  readonly entrypoint?: CommandLine;
  /**
   * The user that the service runs as: `name`, `uid` or `uid:gid`. Default: what the image or the table of known images says.
   */
  readonly user?: string | number;
  readonly environment?: EnvironmentEntry;
  /**
   * Named volumes of the project; what lies in them is kept. Default: none.
   */
  readonly volumes?: readonly VolumeMount[];
  /**
   * Absolute paths that are empty, in memory and writable. Default: those of the table of known images.
   */
  readonly tmpfs?: readonly Text[];
  readonly healthcheck?: HealthcheckEntry;
  /**
   * Shell commands run once inside, after it is ready. Default: none.
   */
  readonly provision?: readonly Text[];
  /**
   * TCP ports inside, which agents that list the service reach. Default: those of the table of known images.
   */
  readonly ports?: readonly Port[];
  /**
   * Services that must be ready before this one is started. Default: none.
   */
  readonly dependsOn?: readonly Text[];
  readonly egress?: EgressChoice;
  readonly resources?: ResourcesEntry;
  /**
   * Whether apply waits until it is ready.
   */
  readonly wait?: boolean;
  readonly readyTimeout?: Duration;
  readonly restart?: Restart;
  readonly unsafe?: UnsafeEntry;
}
/**
 * How to see that a service is ready.
 */
export interface HealthcheckEntry {
  /**
   * `["CMD", program, argument…]`, `["CMD-SHELL", line]`, `["NONE"]`, or one line for the service's shell.
   */
  readonly test: string | readonly string[];
  readonly interval?: Duration;
  readonly timeout?: Duration;
  /**
   * Failed tries in a row that mean unhealthy.
   */
  readonly retries?: number;
  readonly startPeriod?: Duration;
}
/**
 * What may be reached outside the sandboxes.
 */
export interface EgressEntry {
  /**
   * The gateway's DNS servers: addresses, with a port where it is not 53. Default: the machine's own.
   */
  readonly resolvers?: readonly Text[];
  readonly trust?: RepositoryPath;
  /**
   * What can be allowed, by name. A rule holds for the agents and services that name it. Rules are a union of allows: their order never matters.
   */
  readonly rules?: readonly RuleEntry[];
}
/**
 * One allowance: a request is allowed if any rule matches it wholly.
 */
export interface RuleEntry {
  readonly name: Name;
  readonly host: Text;
  /**
   * Ports of the host. 80 must be named. Default: `[443]`.
   *
   * @minItems 1
   */
  readonly ports?: readonly Port[];
  /**
   * What is spoken: `tcp` carries bytes unread and needs its ports. Default: `http` for port 80, `https` for any other.
   */
  readonly protocol?: "https" | "http" | "tcp";
  /**
   * `intercept`: the gateway reads the requests; `tunnel`: it checks the name and carries TLS unread. Default: `intercept` where the rule has methods, paths, query or a credential, otherwise `tunnel`.
   */
  readonly tls?: "intercept" | "tunnel";
  /**
   * HTTP methods. Default: every method.
   *
   * @minItems 1
   */
  readonly methods?: readonly Text[];
  /**
   * Globs over the path: `*` is within one segment, `**` any depth. Default: every path.
   *
   * @minItems 1
   */
  readonly paths?: readonly Text[];
  /**
   * Query parameters that must be there, with exactly this value. Default: none.
   */
  readonly query?: {
    readonly [k: string]: string;
  };
  readonly credential?: Text;
  /**
   * Private networks, as CIDR, that the host may resolve to. Default: public addresses only.
   *
   * @minItems 1
   */
  readonly addresses?: readonly Text[];
  /**
   * `client`: a credential of the client's own is let through where the rule injects one; `never`: such a request is refused.
   */
  readonly override?: "never" | "client";
}
/**
 * What no sandbox may see of the repository.
 */
export interface IgnoreEntry {
  /**
   * Whether coop's own list of secret-looking names is hidden.
   */
  readonly builtin?: boolean;
  /**
   * Patterns to hide. Default: none.
   */
  readonly patterns?: readonly Text[];
  /**
   * Patterns that the built-in list must not hide. This is a loosening. Default: none.
   */
  readonly allow?: readonly Text[];
}
/**
 * A named secret: a `provider`, or a `header` or `query` parameter with the `hosts` that it may go to.
 */
export interface CredentialEntry {
  readonly provider?: Text;
  readonly header?: Text;
  readonly prefix?: Text;
  readonly query?: Text;
  /**
   * The hosts that the secret may go to. Default: those of the provider.
   *
   * @minItems 1
   */
  readonly hosts?: readonly Text[];
  /**
   * Where the value comes from: `vault`, `env:NAME` or `azure-kv://VAULT/SECRET`. `file:` and `exec:` sources are written in the user's own settings only.
   */
  readonly from?: string;
}
/**
 * Many sandboxes of one agent: `replicas` or `tasks`.
 */
export interface FleetEntry {
  readonly agent: Text;
  /**
   * How many sandboxes. Default: 1, where there is no `tasks`.
   */
  readonly replicas?: number;
  readonly tasks?: RepositoryPath;
  /**
   * How many run at once. Default: all.
   */
  readonly maxParallel?: number;
  readonly update?: UpdateEntry;
  readonly budget?: BudgetEntry;
}
/**
 * How a change reaches the sandboxes of a fleet.
 */
export interface UpdateEntry {
  /**
   * `rolling`: a few at a time; `recreate`: all at once.
   */
  readonly strategy?: "rolling" | "recreate";
  /**
   * How many may be down at once while it rolls.
   */
  readonly maxUnavailable?: number;
}
/**
 * What a fleet may use up.
 */
export interface BudgetEntry {
  readonly wall?: Duration;
}
/**
 * A place to run.
 */
export interface TargetEntry {
  /**
   * The engine that runs the sandboxes.
   */
  readonly backend: "docker" | "podman" | "bubblewrap" | "kubernetes";
  readonly context?: Text;
  readonly namespace?: Name;
  readonly storageClass?: Text;
}
