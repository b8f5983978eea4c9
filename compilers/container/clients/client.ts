import type { HomeFile } from "../preparation.ts";

/**
 * One agent CLI: how it runs without asking anybody anything, and what it must find so that it talks to its model's host alone.
 * As observed (shared/clients.md) with the versions that images get. Nothing here is secret or loosens anything: the sandbox is
 * the permission system, and the gateway judges what these settings do not silence.
 */
export interface Client {
  /** The most autonomous form of one task. */
  readonly command: (task: ClientTask) => readonly string[];
  /** Variables for every process of the sandbox, so for the CLI started by a person as well. */
  readonly environment: Readonly<Record<string, string>>;
  /** Put into the home where nothing is there yet. Paths are relative to it. */
  readonly files: (facts: ClientFacts) => readonly HomeFile[];
}

export interface ClientTask {
  readonly prompt: string;
  /** Null = the CLI's own choice. */
  readonly model: string | null;
}

export interface ClientFacts {
  /** The folder in which the agent works, absolute. */
  readonly workingDirectory: string;
  /** The variables that stand for credentials, with their placeholders. */
  readonly provided: Readonly<Record<string, string>>;
}

/** `content` as a file of JSON. */
export function jsonFile(path: string, content: unknown): HomeFile {
  return { path, content: `${JSON.stringify(content, null, 2)}\n` };
}

/** A flag with its value, or nothing. */
export function flag(name: string, value: string | null): readonly string[] {
  return value === null ? [] : [name, value];
}
