import { command, common, positiveNumber, withoutDashes } from "./declaring.ts";
import type { CommonOptions, Declaring } from "./declaring.ts";

/** Commands that work in or with what runs. */
export function declareSandboxCommands(to: Declaring): void {
  const { shell, done } = to;
  command(to, "run", "run one command in a new sandbox like an agent's", ["target"])
    .argument("[command...]", "the command and its arguments; default: a shell")
    .passThroughOptions()
    .option("-a, --agent <name>", "like which agent; default: the only one")
    .option("-T, --no-tty", "no terminal, even when there is one")
    .option("--keep", "leave the sandbox there when the command has ended")
    .action((words: readonly string[], options: RunOptions) =>
      done(
        import("../commands/run.ts").then((it) =>
          it.runCommand(
            {
              ...common(options),
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
  command(to, "exec", "run a command in a running sandbox or service", ["target"])
    .argument("<name>", "an agent, a fleet's member (nightly.3) or a service")
    .argument("<command...>", "the command and its arguments")
    .passThroughOptions()
    .option("-T, --no-tty", "no terminal, even when there is one")
    .action((name: string, words: readonly string[], options: CommonOptions & { readonly tty: boolean }) =>
      done(
        import("../commands/exec.ts").then((it) =>
          it.execCommand({ ...common(options), name, command: withoutDashes(words), tty: options.tty }, shell),
        ),
      ),
    );
  command(to, "shell", "open a shell in a running sandbox or service", ["target"])
    .argument("[name]", "an agent or a service; default: the only agent")
    .action((name: string | undefined, options: CommonOptions) =>
      done(
        import("../commands/exec.ts").then((it) => it.shellCommand({ ...common(options), name: name ?? null }, shell)),
      ),
    );
  command(to, "logs", "show what sandboxes and services print", ["target", "json"])
    .argument("[name]", "an agent or a service; default: all")
    .option("-F, --follow", "keep printing")
    .option("-n, --tail <lines>", "only the newest lines", positiveNumber)
    .option("--egress", "the gateway's decisions instead")
    .option("--raw", "leave control characters in, which a terminal obeys")
    .action((name: string | undefined, options: LogsOptions) =>
      done(
        import("../commands/logs.ts").then((it) =>
          it.logsCommand(
            {
              ...common(options),
              name: name ?? null,
              follow: options.follow === true,
              tail: options.tail ?? null,
              egress: options.egress === true,
              raw: options.raw === true,
            },
            shell,
          ),
        ),
      ),
    );
  command(to, "fetch", "bring the agents' work back as refs of this repository", ["target", "json"])
    .argument("[name]", "an agent or a fleet's member; default: all")
    .action((name: string | undefined, options: CommonOptions) =>
      done(
        import("../commands/fetch.ts").then((it) => it.fetchCommand({ ...common(options), name: name ?? null }, shell)),
      ),
    );
  to.program
    .command("internal-relay", { hidden: true })
    .argument("<handle>")
    .argument("<command...>")
    .passThroughOptions()
    .action((handle: string, words: readonly string[]) =>
      done(
        import("../commands/internal-relay.ts").then((it) =>
          it.internalRelay({ handle, command: withoutDashes(words) }, shell),
        ),
      ),
    );
  to.program
    .command("internal-live-watch", { hidden: true })
    .argument("<file>")
    .argument("<agent>")
    .action((file: string, agent: string) =>
      done(import("../commands/internal-live-watch.ts").then((it) => it.internalLiveWatch({ file, agent }, shell))),
    );
}

interface RunOptions extends CommonOptions {
  readonly agent?: string;
  readonly tty: boolean;
  readonly keep?: boolean;
}

interface LogsOptions extends CommonOptions {
  readonly raw?: boolean;
  readonly follow?: boolean;
  readonly tail?: number;
  readonly egress?: boolean;
}
