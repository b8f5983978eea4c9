import type { CoopFile } from "../../schema/coop-file.gen.ts";
import type { SourceSpan } from "../diagnostics/source-span.ts";
import type { FileIndex } from "./file-index.ts";
import { pathProblem } from "./repository-path.ts";

/** A path of the repository that the file names. */
export interface NamedFile {
  readonly path: string;
  readonly origin: SourceSpan;
  /** Whether the path is a glob, which may match nothing. */
  readonly glob: boolean;
}

/** Every path that must lie in the repository, wherever it is written. */
export function namedFiles(file: CoopFile, { agents, places }: FileIndex): readonly NamedFile[] {
  const named: NamedFile[] = [];
  const add = <Field extends string>(
    owner: Readonly<Partial<Record<Field, unknown>>>,
    field: Field,
    glob = false,
  ): void => {
    const path: unknown = owner[field];
    if (typeof path === "string") named.push({ path, origin: places.value(owner, field), glob });
  };
  for (const { entry } of agents) {
    add(entry, "promptFile");
    add(entry.image ?? {}, "dockerfile");
    add(entry.image ?? {}, "toolchain");
  }
  add(file.egress ?? {}, "trust");
  for (const fleet of Object.values(file.fleets ?? {})) add(fleet, "tasks", true);
  return named;
}

/** Those that are worth a look at the disk. */
export function lookupPaths(named: readonly NamedFile[]): readonly NamedFile[] {
  return named.filter(({ path, glob }) => !glob && pathProblem(path) === null);
}
