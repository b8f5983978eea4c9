import { Command, CommanderError, Option } from "commander";
import { processShell } from "./process-shell.ts";
import { EXIT } from "./shell.ts";
import type { ExitCode, Shell } from "./shell.ts";
import { version } from "./version.ts";

/** Options that mean the same everywhere. */
interface Common {
  readonly file?: string;
  readonly target?: string;
  readonly json?: boolean;
  readonly yes?: boolean;
}

/** Runs one command line. Commands are loaded when they are called, so that `coop validate` loads no engine SDK. */
export async function main(argv: readonly string[], shell: Shell): Promise<ExitCode> {
  let exit: ExitCode = EXIT.done;
  const done = (work: Promise<ExitCode>): Promise<void> =>
    work.then((code) => {
      exit = code;
    });
  const program = programFor(shell, done);
  try {
    await program.parseAsync([...argv], { from: "user" });
    return exit;
  } catch (error) {
    // Commander has already written its own sentence; usage errors leave with 1, help and version with 0.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.failed;
    const { tellFailure } = await import("./failures.ts");
    return tellFailure(error, shell);
  }
}

function programFor(shell: Shell, done: (work: Promise<ExitCode>) => Promise<void>): Command {
  const program = new Command("coop")
    .description(
      "Run coding agents that nobody fully trusts: one coop.yaml, closed sandboxes, a plan before every change.",
    )
    .version(version(), "-V, --version")
    .exitOverride()
    .configureOutput({ writeOut: shell.out, writeErr: shell.err })
    .showSuggestionAfterError()
    .showHelpAfterError("(coop --help shows all commands)")
    .enablePositionalOptions();
  const command = (name: string, description: string): Command => {
    const added = program
      .command(name)
      .description(description)
      .option("-f, --file <file>", "the coop.yaml to use; default: the nearest one above this folder");
    return added;
  };
  const target = (added: Command): Command =>
    added.option("--target <name>", "an entry of `targets`; default: the file's defaultTarget");
  const json = (added: Command): Command => added.option("--json", "print JSON instead of text");
  const yes = (added: Command): Command => added.option("-y, --yes", "do not ask");

  json(command("validate", "check the file and report every mistake in it")).action((options: Common) =>
    done(
      import("./commands/validate.ts").then((it) =>
        it.validate({ file: options.file ?? null, json: options.json === true }, shell),
      ),
    ),
  );
  json(target(command("compile", "print the target's own objects"))).action((options: Common) =>
    done(
      import("./commands/compile.ts").then((it) =>
        it.compileCommand({ file: options.file ?? null, target: options.target ?? null }, shell),
      ),
    ),
  );
  json(target(command("plan", "show what apply would change, and why")))
    .option("-o, --out <file>", "save the plan for `coop apply --plan`")
    .option("--detailed-exitcode", "exit with 2 when there is something to change")
    .addOption(new Option("--fail-on <what>", "exit with 4 when the plan does this").choices(["loosening"]))
    .action(
      (options: Common & { readonly out?: string; readonly detailedExitcode?: boolean; readonly failOn?: string }) =>
        done(
          import("./commands/plan.ts").then((it) =>
            it.planCommand(
              {
                file: options.file ?? null,
                target: options.target ?? null,
                json: options.json === true,
                out: options.out ?? null,
                detailedExitcode: options.detailedExitcode === true,
                failOnLoosening: options.failOn === "loosening",
              },
              shell,
            ),
          ),
        ),
    );
  yes(json(target(command("apply", "make the world equal to the file"))))
    .option("--plan <file>", "apply exactly this saved plan, or refuse when it is stale")
    .option("--delete-data", "also remove volumes with data and workspaces with work that the file no longer declares")
    .option("--parallelism <n>", "how many changes at the same time", positiveNumber, 16)
    .action(
      (options: Common & { readonly plan?: string; readonly deleteData?: boolean; readonly parallelism: number }) =>
        done(
          import("./commands/apply.ts").then((it) =>
            it.applyCommand(
              {
                file: options.file ?? null,
                target: options.target ?? null,
                yes: options.yes === true,
                json: options.json === true,
                plan: options.plan ?? null,
                deleteData: options.deleteData === true,
                parallelism: options.parallelism,
              },
              shell,
            ),
          ),
        ),
    );
  yes(json(target(command("destroy", "remove everything that this project has on the target"))))
    .option("--delete-data", "also remove its volumes: databases and the agents' work")
    .action((options: Common & { readonly deleteData?: boolean }) =>
      done(
        import("./commands/destroy.ts").then((it) =>
          it.destroyCommand(
            {
              file: options.file ?? null,
              target: options.target ?? null,
              yes: options.yes === true,
              json: options.json === true,
              deleteData: options.deleteData === true,
            },
            shell,
          ),
        ),
      ),
    );
  json(target(command("status", "show what runs and whether it is as the file says")))
    .option("-w, --watch", "keep showing it until interrupted")
    .action((options: Common & { readonly watch?: boolean }) =>
      done(
        import("./commands/status.ts").then((it) =>
          it.statusCommand(
            {
              file: options.file ?? null,
              target: options.target ?? null,
              json: options.json === true,
              watch: options.watch === true,
            },
            shell,
          ),
        ),
      ),
    );
  target(command("exec", "run a command in a running sandbox or service"))
    .argument("<name>", "an agent, a fleet's member (nightly.3) or a service")
    .argument("<command...>", "the command and its arguments")
    .passThroughOptions()
    .option("-T, --no-tty", "no terminal, even when there is one")
    .action((name: string, words: readonly string[], options: Common & { readonly tty: boolean }) =>
      done(
        import("./commands/exec.ts").then((it) =>
          it.execCommand(
            {
              file: options.file ?? null,
              target: options.target ?? null,
              name,
              command: withoutDashes(words),
              tty: options.tty,
            },
            shell,
          ),
        ),
      ),
    );
  target(command("shell", "open a shell in a running sandbox or service"))
    .argument("[name]", "an agent or a service; default: the only agent")
    .action((name: string | undefined, options: Common) =>
      done(
        import("./commands/exec.ts").then((it) =>
          it.shellCommand({ file: options.file ?? null, target: options.target ?? null, name: name ?? null }, shell),
        ),
      ),
    );
  target(command("logs", "show what sandboxes and services print"))
    .argument("[name]", "an agent or a service; default: all")
    .option("-F, --follow", "keep printing")
    .option("-n, --tail <lines>", "only the newest lines", positiveNumber)
    .option("--egress", "the gateway's decisions instead")
    .action(
      (
        name: string | undefined,
        options: Common & { readonly follow?: boolean; readonly tail?: number; readonly egress?: boolean },
      ) =>
        done(
          import("./commands/logs.ts").then((it) =>
            it.logsCommand(
              {
                file: options.file ?? null,
                target: options.target ?? null,
                name: name ?? null,
                follow: options.follow === true,
                tail: options.tail ?? null,
                egress: options.egress === true,
              },
              shell,
            ),
          ),
        ),
    );
  json(target(command("up", "start the services and wait until they are healthy"))).action((options: Common) =>
    done(
      import("./commands/up.ts").then((it) =>
        it.upCommand(
          { file: options.file ?? null, target: options.target ?? null, json: options.json === true },
          shell,
        ),
      ),
    ),
  );
  yes(json(target(command("down", "stop the services; their data stays"))))
    .option("-v, --volumes", "also wipe their volumes, after a yes")
    .action((options: Common & { readonly volumes?: boolean }) =>
      done(
        import("./commands/down.ts").then((it) =>
          it.downCommand(
            {
              file: options.file ?? null,
              target: options.target ?? null,
              json: options.json === true,
              yes: options.yes === true,
              volumes: options.volumes === true,
            },
            shell,
          ),
        ),
      ),
    );
  target(command("run", "run one command in a new sandbox like an agent's"))
    .argument("[command...]", "the command and its arguments; default: a shell")
    .passThroughOptions()
    .option("-a, --agent <name>", "like which agent; default: the only one")
    .option("-T, --no-tty", "no terminal, even when there is one")
    .option("--keep", "leave the sandbox there when the command has ended")
    .action(
      (
        words: readonly string[],
        options: Common & { readonly agent?: string; readonly tty: boolean; readonly keep?: boolean },
      ) =>
        done(
          import("./commands/run.ts").then((it) =>
            it.runCommand(
              {
                file: options.file ?? null,
                target: options.target ?? null,
                agent: options.agent ?? null,
                command: withoutDashes(words),
                tty: options.tty,
                keep: options.keep === true,
              },
              shell,
            ),
          ),
        ),
    );
  json(target(command("fetch", "bring the agents' work back as refs of this repository")))
    .argument("[name]", "an agent or a fleet's member; default: all")
    .action((name: string | undefined, options: Common) =>
      done(
        import("./commands/fetch.ts").then((it) =>
          it.fetchCommand(
            {
              file: options.file ?? null,
              target: options.target ?? null,
              json: options.json === true,
              name: name ?? null,
            },
            shell,
          ),
        ),
      ),
    );
  json(command("explain", "say whether an agent may reach a URL, by which rule and line"))
    .argument("<url>", "https://host/path, or host:port")
    .option("-a, --agent <name>", "whose rules; default: the only agent's")
    .option("-X, --method <method>", "the request's method", "GET")
    .option("--detailed-exitcode", "exit with 4 when it is denied")
    .action(
      (
        url: string,
        options: Common & { readonly agent?: string; readonly method: string; readonly detailedExitcode?: boolean },
      ) =>
        done(
          import("./commands/explain.ts").then((it) =>
            it.explainCommand(
              {
                file: options.file ?? null,
                json: options.json === true,
                url,
                agent: options.agent ?? null,
                method: options.method,
                detailedExitcode: options.detailedExitcode === true,
              },
              shell,
            ),
          ),
        ),
    );
  yes(json(target(command("gc", "remove session sandboxes that nobody owns any more")))).action((options: Common) =>
    done(
      import("./commands/gc.ts").then((it) =>
        it.gcCommand(
          {
            file: options.file ?? null,
            target: options.target ?? null,
            yes: options.yes === true,
            json: options.json === true,
          },
          shell,
        ),
      ),
    ),
  );
  json(target(command("build", "make the images that the file needs"))).action((options: Common) =>
    done(
      import("./commands/build.ts").then((it) =>
        it.buildCommand(
          { file: options.file ?? null, target: options.target ?? null, json: options.json === true },
          shell,
        ),
      ),
    ),
  );
  const credentials = program
    .command("credentials")
    .description("say which of your own values this repository may have");
  const fileOption = ["-f, --file <file>", "the coop.yaml to use"] as const;
  credentials
    .command("grant")
    .description("let this repository have what its file asks for")
    .argument("[source]", "env:NAME; default: everything that the file asks for")
    .option(...fileOption)
    .action((source: string | undefined, options: Common) =>
      done(
        import("./commands/credentials.ts").then((it) =>
          it.grantCommand({ file: options.file ?? null, source: source ?? null }, shell),
        ),
      ),
    );
  credentials
    .command("grants")
    .description("show what the file asks for and what is granted")
    .option(...fileOption)
    .option("--json", "print JSON instead of text")
    .action((options: Common) =>
      done(
        import("./commands/credentials.ts").then((it) =>
          it.grantsCommand({ file: options.file ?? null, json: options.json === true }, shell),
        ),
      ),
    );
  credentials
    .command("revoke")
    .description("take grants back")
    .argument("[source]", "env:NAME; default: everything that was granted to this repository")
    .option(...fileOption)
    .action((source: string | undefined, options: Common) =>
      done(
        import("./commands/credentials.ts").then((it) =>
          it.revokeCommand({ file: options.file ?? null, source: source ?? null }, shell),
        ),
      ),
    );
  program
    .command("internal-relay", { hidden: true })
    .argument("<handle>")
    .argument("<command...>")
    .passThroughOptions()
    .action((handle: string, words: readonly string[]) =>
      done(
        import("./commands/internal-relay.ts").then((it) =>
          it.internalRelay({ handle, command: withoutDashes(words) }, shell),
        ),
      ),
    );
  return program;
}

// What stands behind `--` reaches us with it when options of ours stood before it.
function withoutDashes(words: readonly string[]): readonly string[] {
  return words[0] === "--" ? words.slice(1) : words;
}

function positiveNumber(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new CommanderError(1, "coop.number", `${text} is no whole number above 0`);
  return value;
}

if (import.meta.main) {
  const shell = processShell();
  process.exitCode = await main(process.argv.slice(2), shell);
  // An input that nobody ends (a terminal, an open pipe) must not keep a finished command alive.
  process.stdin.destroy();
}
