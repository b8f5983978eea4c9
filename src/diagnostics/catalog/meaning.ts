import { entry } from "../catalog-entry.ts";
import { shown } from "../wording.ts";

/** 20xx: names, references, paths and targets. */
export const MEANING = {
  UnknownReference: entry<{ readonly what: string; readonly name: string; readonly mend: string }>({
    code: "COOP2001",
    severity: "error",
    message: ({ what, name }) => `There is no ${what} named ${shown(name)}.`,
    hint: ({ mend }) => mend,
    example: "version: coop/v1\nagents:\n  coder: { services: [dbb] }\nservices:\n  db: { image: redis:7 }\n",
  }),
  PathLeadsOut: entry<{ readonly path: string; readonly why: string }>({
    code: "COOP2002",
    severity: "error",
    message: ({ path, why }) => `${shown(path)} ${why}.`,
    hint: () => "Name a file of the repository, relative to the folder of the coop.yaml.",
    example: "version: coop/v1\nagents:\n  coder: { run: claude, promptFile: ~/task.md }\n",
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
  DependencyCycle: entry<{ readonly cycle: readonly string[] }>({
    code: "COOP2005",
    severity: "error",
    message: ({ cycle }) =>
      `These services wait for each other, so that none can start: ${shown(cycle.join(" → "), 200)}.`,
    hint: () => "Remove one of the `dependsOn`.",
    example:
      "version: coop/v1\nservices:\n  a: { image: redis:7, dependsOn: [b] }\n  b: { image: redis:7, dependsOn: [a] }\n",
  }),
  NameClash: entry<{ readonly name: string; readonly what: string; readonly other: string }>({
    code: "COOP2006",
    severity: "error",
    message: ({ name, what, other }) => `${shown(name)} names ${what} and ${other}.`,
    hint: () => "Rename one: agents, services and fleets share their names, on the command line as in the network.",
    example: "version: coop/v1\nagents:\n  db: { run: shell }\nservices:\n  db: { image: redis:7 }\n",
  }),
  ReservedName: entry<{ readonly name: string; readonly what: string }>({
    code: "COOP2007",
    severity: "error",
    message: ({ name, what }) => `${shown(name)} is a name of coop's own and cannot name ${what}.`,
    hint: ({ name }) => `Choose another, such as \`my-${name}\`.`,
    example: "version: coop/v1\nservices:\n  gateway: { image: redis:7 }\n",
  }),
  DerivedNameTooLong: entry<{ readonly derived: string; readonly length: number }>({
    code: "COOP2008",
    severity: "error",
    message: ({ derived, length }) =>
      `The name ${shown(derived, 80)}, derived from this, has ${length} characters; the limit is 63.`,
    hint: () => "Shorten `project` or this name.",
    example: `version: coop/v1\nproject: ${"shop-".repeat(8)}main\nagents:\n  a-coder-with-a-long-name: { run: shell }\n`,
  }),
  ProjectNameNeeded: entry<{ readonly folder: string }>({
    code: "COOP2009",
    severity: "error",
    message: ({ folder }) => `No project name can be made from the folder's name ${shown(folder)}.`,
    hint: () => "Write `project: NAME`.",
    example: "A coop.yaml without `project` in a folder named `---`.",
  }),
  DefaultTargetNeeded: entry<object>({
    code: "COOP2010",
    severity: "error",
    message: () => "Several targets are declared, and nothing says which is meant without `--target`.",
    hint: () => "Write `defaultTarget: NAME`.",
    example: "version: coop/v1\ntargets:\n  here: { backend: docker }\n  there: { backend: podman }\n",
  }),
  TargetFieldElsewhere: entry<{ readonly field: string; readonly backend: string }>({
    code: "COOP2011",
    severity: "error",
    message: ({ field, backend }) => `\`${field}\` means nothing to the backend \`${backend}\`.`,
    hint: ({ field }) => `Remove \`${field}\`; only Kubernetes knows it.`,
    example: "version: coop/v1\ntargets:\n  local: { backend: docker, namespace: agents }\n",
  }),
  Interpolation: entry<{ readonly text: string; readonly mend: string }>({
    code: "COOP2012",
    severity: "error",
    message: ({ text }) => `${shown(text)} would stand here as it is: nothing is interpolated in the file.`,
    hint: ({ mend }) => mend,
    example: 'version: coop/v1\nagents:\n  coder: { environment: { TOKEN: "${TOKEN}" } }\n',
  }),
  HasNoEffect: entry<{ readonly field: string; readonly why: string }>({
    code: "COOP2013",
    severity: "warning",
    message: ({ field, why }) => `\`${field}\` has no effect: ${why}.`,
    hint: ({ field }) => `Remove \`${field}\`.`,
    example: "version: coop/v1\nagents:\n  coder: { run: shell, model: opus }\n",
  }),
} as const;
