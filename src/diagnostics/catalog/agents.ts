import { entry } from "../catalog-entry.ts";
import { shown } from "../wording.ts";

const AGENT = (fields: string): string => `version: coop/v1\nagents:\n  coder: { ${fields} }\n`;
const FLEET = (fields: string, agent = "run: claude"): string =>
  `${AGENT(agent)}fleets:\n  nightly: { agent: coder, ${fields} }\n`;

/** 22xx: agents and fleets. */
export const AGENTS = {
  PortClash: entry<{ readonly port: number; readonly why: string }>({
    code: "COOP2201",
    severity: "error",
    message: ({ port, why }) => `Port ${port} ${why}.`,
    hint: () => "Choose another port, or remove one of the two.",
    example: AGENT("ports: [3000, 3000]"),
  }),
  PromptTwice: entry<object>({
    code: "COOP2202",
    severity: "error",
    message: () => "`prompt` and `promptFile` both give the task.",
    hint: () => "Keep one of the two.",
    example: AGENT("run: claude, prompt: Fix it., promptFile: task.md"),
  }),
  InvalidCommand: entry<{ readonly why: string; readonly mend: string }>({
    code: "COOP2203",
    severity: "error",
    message: ({ why }) => `This is no command: ${why}.`,
    hint: ({ mend }) => mend,
    example: AGENT('run: ["", "test"]'),
  }),
  ImageSourceTwice: entry<{ readonly first: string; readonly second: string }>({
    code: "COOP2204",
    severity: "error",
    message: ({ first, second }) => `\`${first}\` and \`${second}\` both say what the image is made of.`,
    hint: () => "Keep one of the two.",
    example: AGENT("image: { base: default, ref: debian:12 }"),
  }),
  InvalidImage: entry<{ readonly image: string; readonly mend: string }>({
    code: "COOP2205",
    severity: "error",
    message: ({ image }) => `${shown(image)} is not the name of an image.`,
    hint: ({ mend }) => mend,
    example: AGENT("image: { ref: Debian:12 }"),
  }),
  InvalidPackage: entry<{ readonly name: string; readonly mend: string }>({
    code: "COOP2206",
    severity: "error",
    message: ({ name }) => `${shown(name)} is not the name of a Debian package.`,
    hint: ({ mend }) => mend,
    example: AGENT("image: { packages: [--force-yes] }"),
  }),
  InvalidRef: entry<{ readonly ref: string }>({
    code: "COOP2207",
    severity: "error",
    message: ({ ref }) => `${shown(ref)} cannot name a commit.`,
    hint: () => "Write a branch, a tag or a commit id.",
    example: AGENT('workspace: { ref: "--upload-pack=x" }'),
  }),
  InvalidSandboxPath: entry<{ readonly path: string; readonly why: string }>({
    code: "COOP2208",
    severity: "error",
    message: ({ path, why }) => `${shown(path)} cannot be used: ${why}.`,
    hint: () => "Write an absolute path of the sandbox, such as `/work`.",
    example: AGENT("workspace: { path: work }"),
  }),
  UnknownCapability: entry<{ readonly name: string; readonly mend: string }>({
    code: "COOP2209",
    severity: "error",
    message: ({ name }) => `${shown(name)} is not a Linux capability.`,
    hint: ({ mend }) => mend,
    example: AGENT("unsafe: { capabilities: [CAP_SYS_PTRACE] }"),
  }),
  InvalidVolume: entry<{ readonly written: string; readonly why: string; readonly mend: string }>({
    code: "COOP2210",
    severity: "error",
    message: ({ written, why }) => `${shown(written)} is not a volume: ${why}.`,
    hint: ({ mend }) => mend,
    example: AGENT('volumes: ["./cache:/cache"]'),
  }),
  DuplicateTarget: entry<{ readonly target: string }>({
    code: "COOP2211",
    severity: "error",
    message: ({ target }) => `Two mounts lie at ${shown(target)}.`,
    hint: () => "Give one of them another path.",
    example: AGENT('volumes: ["a:/cache", "b:/cache/"]'),
  }),
  FleetWorkTwice: entry<object>({
    code: "COOP2212",
    severity: "error",
    message: () => "`replicas` and `tasks` both say how many sandboxes there are.",
    hint: () => "Keep one of the two; `maxParallel` limits how many run at once.",
    example: FLEET('replicas: 3, tasks: "tasks/*.md"'),
  }),
  FleetBounds: entry<{ readonly field: string; readonly value: number; readonly replicas: number }>({
    code: "COOP2213",
    severity: "warning",
    message: ({ field, value, replicas }) => `\`${field}\` is ${value}, more than the fleet's ${replicas} replicas.`,
    hint: ({ field, replicas }) => `Write at most \`${field}: ${Math.max(replicas, 1)}\`.`,
    example: FLEET("replicas: 2, maxParallel: 4"),
  }),
  FleetOfLive: entry<{ readonly agent: string }>({
    code: "COOP2214",
    severity: "error",
    message: ({ agent }) =>
      `The agent ${shown(agent)} works on the live tree; many sandboxes would overwrite each other's files.`,
    hint: () => "Use `workspace: clone` for agents of fleets.",
    example: FLEET("replicas: 2", "run: claude, workspace: live"),
  }),
  TasksNeedCli: entry<{ readonly agent: string }>({
    code: "COOP2215",
    severity: "error",
    message: ({ agent }) =>
      `The agent ${shown(agent)} runs nothing by itself, so that nobody would read the task files.`,
    hint: () =>
      "Use `run: claude`, `codex` or `gemini`, a command that reads `$COOP_TASK`, or `replicas` in place of `tasks`.",
    example: FLEET('tasks: "tasks/*.md"', "run: shell"),
  }),
  PromptInTasks: entry<{ readonly agent: string }>({
    code: "COOP2216",
    severity: "error",
    message: ({ agent }) => `The agent ${shown(agent)} has a task of its own, and each task file gives another.`,
    hint: () => "Remove the agent's `prompt` or `promptFile`.",
    example: FLEET('tasks: "tasks/*.md"', "run: claude, prompt: Fix it."),
  }),
} as const;
