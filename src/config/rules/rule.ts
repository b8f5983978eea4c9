import type { CoopFile } from "../../../schema/coop-file.gen.ts";
import type { Diagnostic } from "../../diagnostics/diagnostic.ts";
import type { FileIndex } from "../file-index.ts";

/** One thing that the schema cannot say about a file. Pure; never throws. */
export type Rule = (file: CoopFile, index: FileIndex) => readonly Diagnostic[];
