import type { CompiledCredentials } from "./compiled-credentials.ts";

/** Every read of the world that the compiled graph depends on. Made by resolve; recorded in the plan. */
export interface Inputs {
  /** Absolute path of the repository on the host. */
  readonly root: string;
  /** Who the sandboxes run as: the invoking user, 1000:1000 when that is root. */
  readonly user: { readonly uid: number; readonly gid: number };
  /** The invoking user's time zone, an IANA name; empty = UTC. */
  readonly timeZone: string;
  /** Host ports of published sandbox ports, by `owner.replica:port`; kept from what is there, otherwise free. */
  readonly publishedPorts: Readonly<Record<string, number>>;
  /** The host's own addresses, loopback, link-local ones and the one on the gateway's own bridge apart; sorted. */
  readonly hostAddresses: readonly string[];
  /** Facts of images by the reference that the graph uses; a missing entry is an image that is not there yet. */
  readonly images: Readonly<Record<string, ImageFacts>>;
  /** The base image that built images stand on, content-addressed. */
  readonly baseImage: string;
  /** How the base is made where the engine lacks it; null = it was made by the set-up or named by the user. */
  readonly baseBuild: BuildInput | null;
  /** The image with the gateway and the forwarder. */
  readonly plumbing: BuildInput;
  /** Build recipes by agent name, for the images that the file asks coop to build. */
  readonly builds: Readonly<Record<string, BuildInput>>;
  /** Task files of fleets, by fleet name, sorted by path. */
  readonly tasks: Readonly<Record<string, readonly TaskFile[]>>;
  /** Texts of prompt files, by the path in the file. */
  readonly prompts: Readonly<Record<string, string>>;
  /** Text of `egress.trust`; null when the file names none. */
  readonly trustPem: string | null;
  /** What a walk over the repository found, by the name of each agent that works on the live tree. */
  readonly live: Readonly<Record<string, LiveView>>;
  /** What the file's credentials mean by the providers that are known here; never values. */
  readonly credentials: CompiledCredentials;
  /** The project's certificate authority; null where no request is read, and offline. */
  readonly authority: AuthorityFacts | null;
  /** Version digests of host variables and credentials, by `env:NAME` or `credential:name`; never values. */
  readonly secretVersions: Readonly<Record<string, string>>;
}

/** What a plan must know of the project's certificate authority. */
export interface AuthorityFacts {
  /** Of the root that sandboxes trust. */
  readonly fingerprint: string;
  /** The number of the renewal period that this moment is in: the intermediate is made anew in each. */
  readonly period: number;
}

/** How the host's own tree is shown to a sandbox that works on it. Paths are relative to the root. */
export interface LiveView {
  /** The repository's folder, absolute, without symbolic links. */
  readonly root: string;
  /** Covered by an empty file or folder. */
  readonly shadows: readonly LivePath[];
  /** Folders above what is covered: each a mount of its own, so that nobody inside can rename it. */
  readonly mountPoints: readonly string[];
  /** Repositories: wholly read-only. */
  readonly repositories: readonly LivePath[];
  /** The empty file and folder of coop's own that cover, absolute. */
  readonly decoys: { readonly file: string; readonly folder: string };
  /** Whose the root is, and its permission bits. */
  readonly owner: { readonly uid: number; readonly gid: number; readonly mode: number };
  /** Why this tree cannot be guarded at all; null = it can. */
  readonly unfit: "no-linux" | "holds-coop" | null;
}

export interface LivePath {
  readonly path: string;
  readonly kind: "file" | "folder";
}

/** Where an engine's host answers on the bridges of its networks. */
export interface EngineAddresses {
  /** On the bridges of networks that are not the project's. */
  readonly others: readonly string[];
  /** On the bridge of the project's gateway, which holds it back by itself. */
  readonly own: readonly string[];
}

/** What an image says about itself, as the engine reports it. */
export interface ImageFacts {
  /** `sha256:…`, the engine's own immutable id. */
  readonly id: string;
  readonly user: string;
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
  readonly workingDir: string;
  /** Mount points that the image declares. */
  readonly volumes: readonly string[];
  /** TCP ports that the image declares. */
  readonly ports: readonly number[];
}

/** Something to build: a content-addressed tag and what it is made of. */
export interface BuildInput {
  readonly tag: string;
  /** Digest of all that goes into the build. */
  readonly digest: string;
  readonly dockerfile: string;
  /** Build arguments; `COOP_BASE_IMAGE` for a repository's own Dockerfile. */
  readonly arguments: Readonly<Record<string, string>>;
  /** What the build may reach. */
  readonly network: "open" | "none";
  /** A person-readable name of what is built, for progress. */
  readonly title: string;
  /** Where the context's files come from. */
  readonly context:
    | { readonly kind: "none" }
    | { readonly kind: "plumbing" }
    /** The repository, filtered by the ignore rules and those of the agent, without `.git`. */
    | { readonly kind: "repository"; readonly agent: string; readonly path: string };
}

export interface TaskFile {
  /** Relative to the repository's root. */
  readonly path: string;
  /** DNS-1123 name derived from the path, unique in its fleet. */
  readonly slug: string;
  readonly text: string;
}
