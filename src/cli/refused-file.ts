import type { LoadedProject } from "../config/load.ts";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";

/** The file is valid, but this target cannot do what it asks: told like any other mistake of the file. */
export class RefusedFile extends Error {
  readonly diagnostics: readonly Diagnostic[];
  readonly project: LoadedProject;

  constructor(diagnostics: readonly Diagnostic[], project: LoadedProject) {
    super("the target refuses the file");
    this.name = "RefusedFile";
    this.diagnostics = diagnostics;
    this.project = project;
  }
}
