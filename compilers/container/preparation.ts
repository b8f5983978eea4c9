import type { LiveView } from "../../src/model/inputs.ts";

/**
 * What must be in a volume before the container that mounts it starts. References only; no secret value is ever here.
 * `user` is as in the container's body: `uid:gid`, or a name that the image's own passwd file resolves.
 */
export type Preparation =
  /** The filtered view of the repository, built once: when the volume is empty. */
  | {
      readonly kind: "workspace";
      readonly volume: string;
      readonly target: string;
      readonly ref: string;
      readonly user: string;
      readonly agent: string;
    }
  /** Somebody on the host watches the live tree from before the first instruction inside. Done last. */
  | {
      readonly kind: "guard";
      readonly agent: string;
      readonly view: Pick<LiveView, "root" | "shadows" | "mountPoints" | "repositories">;
    }
  /** The certificates that the sandbox trusts; written where they are not there yet. */
  | { readonly kind: "trust"; readonly volume: string; readonly target: string; readonly root: string }
  /** The mount's top folder belongs to the container's user; a new volume belongs to root. */
  | { readonly kind: "owned"; readonly volume: string; readonly target: string; readonly user: string }
  /** The forwarder's name and key. */
  | {
      readonly kind: "identity";
      readonly volume: string;
      readonly policyVolume: string;
      readonly identity: string;
      readonly config: Readonly<Record<string, unknown>>;
    }
  /** Passwords made once, one file each; what is there is kept. */
  | { readonly kind: "generated"; readonly volume: string; readonly names: readonly string[]; readonly user: string }
  /** The variables that hold secrets, and the script that loads them. Written anew at every start. */
  | {
      readonly kind: "environment";
      readonly volume: string;
      readonly user: string;
      readonly entries: readonly SecretEntry[];
      /** Put into the home where nothing is there yet, sorted by path; no secrets. */
      readonly files: readonly HomeFile[];
    };

/** A file below the home of the container's user. */
export interface HomeFile {
  readonly path: string;
  readonly content: string;
}

/** One variable whose value is put together from texts and secrets when the container is made. */
export interface SecretEntry {
  readonly name: string;
  readonly parts: readonly SecretPart[];
}

export type SecretPart =
  | { readonly kind: "text"; readonly text: string }
  /** A file of a `generated` volume. `encode` = percent-encoded, for URLs. */
  | { readonly kind: "generated"; readonly volume: string; readonly name: string; readonly encode: boolean }
  | { readonly kind: "host"; readonly variable: string; readonly version: string; readonly encode: boolean }
  | { readonly kind: "credential"; readonly credential: string; readonly version: string; readonly encode: boolean };

/** Where the secret environment lies inside a container. */
export const ENVIRONMENT_DIRECTORY = "/run/coop/environment";
/** Where generated passwords lie inside the service that owns them. */
export const GENERATED_DIRECTORY = "/run/coop/generated";
/** Loads the variables and becomes the command. */
export const START_SCRIPT = `${ENVIRONMENT_DIRECTORY}/start`;
