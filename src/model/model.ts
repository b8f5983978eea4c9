import type { SourceSpan } from "../diagnostics/source-span.ts";

/**
 * What one coop.yaml means: no optionals, every default filled in, every list that has no order of its own sorted by
 * name, no word of any target. Made by config/normalize, read by the compilers and the planner.
 */
export interface Model {
  /** DNS-1123 label; the scope of everything. */
  readonly project: string;
  /** Where `project` was written, or the file's start when the folder's name was taken. */
  readonly origin: SourceSpan;
  readonly agents: readonly Agent[];
  readonly services: readonly Service[];
  readonly egress: Egress;
  readonly ignore: IgnoreRules;
  readonly credentials: readonly Credential[];
  readonly fleets: readonly Fleet[];
  readonly targets: readonly Target[];
  /** The name of an entry of `targets`. */
  readonly defaultTarget: string;
  readonly gate: Gate | null;
}

/** A declared workload. */
export interface Agent {
  readonly name: string;
  readonly origin: SourceSpan;
  readonly run: Run;
  readonly image: Image;
  readonly workspace: Workspace;
  /** What the agent may reach through the gateway. */
  readonly egress: AgentEgress;
  /** Names of `Model.credentials`, sorted. */
  readonly credentials: readonly string[];
  /** Names of `Model.services`, sorted. */
  readonly services: readonly string[];
  readonly environment: readonly EnvironmentEntry[];
  readonly ports: readonly PublishedPort[];
  readonly hostPorts: readonly HostPort[];
  readonly resources: Resources;
  readonly restart: Restart;
  readonly isolation: "container" | "gvisor" | "kata" | "bubblewrap";
  /** Patterns added to `Model.ignore` for this agent only. */
  readonly ignore: readonly IgnorePattern[];
  readonly volumes: readonly VolumeMount[];
  /** The typed loosenings that are switched on, sorted by name. Empty is the hardened default. */
  readonly unsafe: readonly Loosening[];
}

export type Run =
  | {
      readonly kind: "cli";
      readonly cli: "claude" | "codex" | "gemini";
      readonly model: string | null;
      readonly prompt: Prompt;
      readonly origin: SourceSpan;
    }
  | { readonly kind: "shell"; readonly origin: SourceSpan }
  | { readonly kind: "command"; readonly command: readonly string[]; readonly origin: SourceSpan }
  /** No `run`: the sandbox waits for `exec`, `shell` and the agent commands. */
  | { readonly kind: "idle"; readonly origin: SourceSpan };

export type Prompt =
  | { readonly kind: "none" }
  | { readonly kind: "text"; readonly text: string }
  /** Path inside the repository, relative to the file. */
  | { readonly kind: "file"; readonly path: string; readonly origin: SourceSpan };

export interface Image {
  readonly source:
    | { readonly kind: "base"; readonly base: "default" }
    /** Path inside the repository, relative to the file. */
    | { readonly kind: "dockerfile"; readonly path: string }
    | { readonly kind: "ref"; readonly ref: string };
  /** Debian packages on top, sorted. */
  readonly packages: readonly string[];
  /** A toolchain file's path, such as `.tool-versions`; null = none. */
  readonly toolchain: string | null;
  /** What a build of this image may reach. */
  readonly buildNetwork: "open" | "none";
  readonly origin: SourceSpan;
}

export interface Workspace {
  readonly mode: "clone" | "live" | "none";
  readonly ref: string;
  /** `same` = the host's absolute path of the repository; otherwise an absolute path in the sandbox. */
  readonly path: string;
  readonly readOnly: boolean;
  readonly origin: SourceSpan;
}

export type AgentEgress =
  /** Every public name; private, metadata and host ranges stay refused. */
  | { readonly kind: "open"; readonly origin: SourceSpan }
  /** Names of `Egress.rules`, sorted; empty = nothing. */
  | { readonly kind: "rules"; readonly rules: readonly string[]; readonly origin: SourceSpan };

export interface EnvironmentEntry {
  readonly name: string;
  readonly value: EnvironmentValue;
  readonly origin: SourceSpan;
}

export type EnvironmentValue =
  | { readonly kind: "literal"; readonly text: string }
  /** A variable of the invoking user's environment; needs the user's own grant. */
  | { readonly kind: "host"; readonly variable: string }
  /** The value of a declared credential; needs the user's own grant. */
  | { readonly kind: "credential"; readonly credential: string }
  /** Made once by coop, kept beside the service's data. Services only. */
  | { readonly kind: "generate" };

export interface PublishedPort {
  /** The port inside the sandbox; on the host a free loopback port is allocated once and kept. */
  readonly port: number;
  readonly origin: SourceSpan;
}

export interface HostPort {
  /** A TCP port of the host's loopback. */
  readonly port: number;
  readonly origin: SourceSpan;
}

export interface Resources {
  /** Processors, may be a fraction. */
  readonly cpus: number;
  readonly memoryBytes: number;
  readonly pids: number;
  readonly origin: SourceSpan;
}

export type Restart = "always" | "on-failure" | "never";

export interface IgnorePattern {
  /** One line of gitignore syntax. */
  readonly pattern: string;
  readonly origin: SourceSpan;
}

export interface VolumeMount {
  /** Name within the project. */
  readonly volume: string;
  /** Absolute, or `~/…` for the sandbox user's home. */
  readonly target: string;
  readonly readOnly: boolean;
  readonly origin: SourceSpan;
}

/** One switched-on key of `unsafe:`. */
export interface Loosening {
  readonly key: "root" | "writableRoot" | "capabilities" | "privilegeGain" | "rawNetwork" | "seccompUnconfined";
  /** Capability names for `capabilities`, otherwise empty. */
  readonly values: readonly string[];
  readonly origin: SourceSpan;
}

export interface Service {
  readonly name: string;
  readonly origin: SourceSpan;
  readonly image: string;
  readonly imageOrigin: SourceSpan;
  /** Null = the image's own. */
  readonly command: readonly string[] | null;
  readonly entrypoint: readonly string[] | null;
  /** `uid`, `uid:gid` or a name; null = what the image or the known-images table says. */
  readonly user: string | null;
  readonly environment: readonly EnvironmentEntry[];
  readonly volumes: readonly VolumeMount[];
  readonly tmpfs: readonly string[];
  readonly healthcheck: Healthcheck | null;
  readonly provision: readonly string[];
  /** TCP ports that agents reach; empty = those of the known-images table. */
  readonly ports: readonly number[];
  readonly dependsOn: readonly string[];
  readonly egress: AgentEgress;
  readonly resources: Resources;
  /** `false`: apply does not wait for it to be ready. */
  readonly wait: boolean;
  readonly readyTimeoutMs: number;
  readonly restart: Restart;
  readonly unsafe: readonly Loosening[];
}

export interface Healthcheck {
  /** Docker's form: `["CMD", …]`, `["CMD-SHELL", "…"]` or `["NONE"]`. */
  readonly test: readonly string[];
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly retries: number;
  readonly startPeriodMs: number;
}

export interface Egress {
  /** The gateway's DNS servers, IP literals with an optional port; empty = the machine's own. */
  readonly resolvers: readonly string[];
  /** PEM file inside the repository; null = public roots alone. */
  readonly trust: string | null;
  /** Sorted by name. */
  readonly rules: readonly EgressRule[];
}

export interface EgressRule {
  readonly name: string;
  readonly origin: SourceSpan;
  readonly host: HostPattern;
  /** Sorted. */
  readonly ports: readonly number[];
  /** `http` for 80, `https` for 443 and the rest; `tcp` carries bytes unread. */
  readonly protocol: "https" | "http" | "tcp";
  readonly tls: "intercept" | "tunnel";
  /** Upper case, sorted; empty = every method. */
  readonly methods: readonly string[];
  /** Globs in the order of the file; empty = every path. */
  readonly paths: readonly string[];
  readonly query: readonly { readonly name: string; readonly value: string }[];
  readonly credential: string | null;
  /** CIDRs of private targets that this rule opens; empty = public addresses only. */
  readonly addresses: readonly string[];
  readonly override: "never" | "client";
}

export type HostPattern =
  /** Canonical: lower case, punycode, no trailing dot. */
  | { readonly kind: "exact"; readonly name: string }
  /** `*.suffix`: exactly one label more. */
  | { readonly kind: "one-label"; readonly suffix: string }
  /** `**.suffix`: one or more labels more. */
  | { readonly kind: "any-depth"; readonly suffix: string }
  /** An IP literal in canonical spelling. */
  | { readonly kind: "address"; readonly address: string };

export interface IgnoreRules {
  readonly builtin: boolean;
  readonly patterns: readonly IgnorePattern[];
  readonly allow: readonly IgnorePattern[];
}

export interface Credential {
  readonly name: string;
  readonly origin: SourceSpan;
  /** The name of a provider, built in or from the user's folder; null where the entry names a header or a parameter itself. */
  readonly provider: string | null;
  readonly header: string | null;
  /** What stands before the secret in the header; empty = nothing. */
  readonly prefix: string;
  readonly query: string | null;
  /** Canonical host patterns, sorted; empty = those of the provider. */
  readonly hosts: readonly string[];
  readonly from: CredentialSource;
}

export type CredentialSource =
  | { readonly kind: "vault" }
  | { readonly kind: "env"; readonly variable: string }
  | { readonly kind: "azure-kv"; readonly reference: string };

export interface Fleet {
  readonly name: string;
  readonly origin: SourceSpan;
  readonly agent: string;
  readonly work:
    | { readonly kind: "replicas"; readonly replicas: number }
    | { readonly kind: "tasks"; readonly glob: string };
  readonly maxParallel: number | null;
  readonly update: { readonly strategy: "rolling" | "recreate"; readonly maxUnavailable: number };
  readonly budgetWallMs: number | null;
}

export interface Target {
  readonly name: string;
  readonly origin: SourceSpan;
  readonly backend: "docker" | "podman" | "bubblewrap" | "kubernetes";
  /** Whether the file names it. Where a file names no target, the engine that is here serves. */
  readonly written: boolean;
  readonly context: string | null;
  readonly namespace: string | null;
  readonly storageClass: string | null;
}

export interface Gate {
  readonly command: string;
  readonly origin: SourceSpan;
}
