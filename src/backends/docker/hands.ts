import type Dockerode from "dockerode";
import type { Readable } from "node:stream";
import type { Preparation, SecretPart } from "../../../compilers/container/preparation.ts";
import type { ProvisionsSpec } from "../../../compilers/container/resources.ts";
import type { Provisions } from "../../gateway/provisions.ts";
import type { BuildInput } from "../../model/inputs.ts";
import type { TrustFile } from "../../model/trust.ts";

/** What the executor of one run works with. */
export interface Hands {
  readonly docker: Dockerode;
  readonly project: string;
  /** The absolute path of the repository that the project is made from. */
  readonly repository: string;
  /** An image that is surely there once the first container is made: opens volumes. */
  readonly plumbingImage: string;
  readonly suppliers: Suppliers;
  /** Who opened the session whose objects are made; empty for declared ones. */
  readonly sessionOwner: string;
  /** The key that every sandbox's key is derived from, by policy volume: read once a run. */
  readonly masterKeys: Map<string, Promise<Buffer>>;
  /** Volumes of the whole project that were filled in this run, by name: many sandboxes need each, one fills it. */
  readonly filled: Map<string, Promise<void>>;
  /** Says which step of a change is under way. */
  readonly report: (step: string) => void;
  readonly signal: AbortSignal;
}

/** What the host side lends to the engine side. */
export interface Suppliers {
  /** The filtered view of the repository, entries owned by the given user. */
  readonly workspace: (
    request: Extract<Preparation, { readonly kind: "workspace" }>,
    owner: { readonly uid: number; readonly gid: number },
  ) => Promise<WorkspaceUpload>;
  /** Tells that the volume of a workspace is gone. */
  readonly forgetWorkspace: (volume: string) => Promise<void>;
  /** The value of a granted host variable or credential. */
  readonly secret: (part: Extract<SecretPart, { readonly kind: "host" | "credential" }>) => Promise<string>;
  /** Values of granted credentials and a new intermediate, as the gateway takes them; `digest` goes with them. */
  readonly provisions: (wanted: ProvisionsSpec, digest: string) => Promise<Provisions>;
  /** The certificates that a sandbox trusts besides the public ones, and with them. */
  readonly trust: () => Promise<readonly TrustFile[]>;
  /** Has somebody on this machine watch the live tree for a container that is not running; resolves when it does. */
  readonly guard: (request: Extract<Preparation, { readonly kind: "guard" }>, handle: string) => Promise<void>;
  /** `watched`, or in words why what must stay hidden from a running container may not be. */
  readonly guardState: (handle: string) => Promise<string>;
  /** The build context as a tar, Dockerfile included. */
  readonly buildContext: (build: BuildInput) => Promise<Readable>;
  /** Runs work while no other coop of this machine builds the same tag. */
  readonly buildAlone: (tag: string, work: () => Promise<void>) => Promise<void>;
}

/** A view on its way into a volume. */
export interface WorkspaceUpload {
  /** A tar. */
  readonly stream: Readable;
  /** Settles behind the stream's end: the host has written down what it needs to bring work back. */
  readonly remembered: Promise<void>;
}
