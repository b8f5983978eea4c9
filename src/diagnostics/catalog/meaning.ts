import { entry } from "../catalog-entry.ts";
import { shown } from "../wording.ts";

/** 2xxx: what the file means. */
export const MEANING = {
  UnknownReference: entry<{ readonly what: string; readonly name: string; readonly mend: string }>({
    code: "COOP2001",
    severity: "error",
    message: ({ what, name }) => `There is no ${what} named ${shown(name)}.`,
    hint: ({ mend }) => mend,
    example: "version: coop/v1\nagents:\n  coder: { services: [db] }\n",
  }),
  PathLeadsOut: entry<{ readonly path: string }>({
    code: "COOP2002",
    severity: "error",
    message: ({ path }) => `${shown(path)} leads out of the repository.`,
    hint: () => "Name a file of the repository; a symbolic link must not leave it either.",
    example: "version: coop/v1\nagents:\n  coder: { run: claude, promptFile: ../../task.md }\n",
  }),
  PathNotFound: entry<{ readonly path: string }>({
    code: "COOP2003",
    severity: "error",
    message: ({ path }) => `There is no file ${shown(path)}.`,
    hint: () => "Paths are relative to the folder of the coop.yaml.",
    example: "`promptFile: tasks/first.md` where the repository has no such file.",
  }),
  PathNotAFile: entry<{ readonly path: string }>({
    code: "COOP2004",
    severity: "error",
    message: ({ path }) => `${shown(path)} is not a file.`,
    hint: () => "Name a regular file.",
    example: "`dockerfile: docker` where that is a folder.",
  }),
} as const;
