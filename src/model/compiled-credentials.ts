import type { InjectionPlace, RefreshEncoding } from "./provider.ts";

/** What a model's credentials mean to the gateway and to the sandboxes. Holds no value, and needs none. */
export interface CompiledCredentials {
  /** For `Policy.credentials`: those that rules name, by name. */
  readonly credentials: Readonly<Record<string, CompiledCredential>>;
  /** By agent: what its sandboxes get so that their clients send the placeholders. */
  readonly agents: Readonly<Record<string, ProvidedToAgent>>;
}

/** Assignable to the gateway's `PolicyCredential`. */
export interface CompiledCredential {
  readonly places: readonly InjectionPlace[];
  readonly placeholder: string;
  readonly refreshEncoding: RefreshEncoding;
}

export interface ProvidedToAgent {
  /** Sorted by name, each name once; none that the agent's own `environment` sets. Not secret. */
  readonly environment: readonly {
    readonly name: string;
    readonly value: string;
    /** The credential that it stands for. */
    readonly credential: string;
  }[];
  /** Files below the home of the sandbox's user, sorted by path, each path once. Not secret. */
  readonly files: readonly { readonly path: string; readonly content: string; readonly credential: string }[];
}
