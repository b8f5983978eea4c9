import { declareCredentialCommands } from "./credential-commands.ts";
import { command, common } from "./declaring.ts";
import type { CommonOptions, Declaring } from "./declaring.ts";

/** Commands about the user's own settings. */
export function declareUserCommands(to: Declaring): void {
  const { shell, done } = to;
  const credentials = to.program
    .command("credentials")
    .description("keep secrets, and say which of them this repository may have");
  const within: Declaring = { ...to, program: credentials };
  declareCredentialCommands(within);
  command(within, "grant", "let this repository have what its file asks for")
    .argument("[source]", "a credential's name, or env:NAME; default: everything that the file asks for")
    .option("-p, --profile <account>", "which of your accounts it gets")
    .action((source: string | undefined, options: CommonOptions & { readonly profile?: string }) =>
      done(
        import("../commands/credentials/grant.ts").then((it) =>
          it.grantCommand({ ...common(options), source: source ?? null, profile: options.profile ?? null }, shell),
        ),
      ),
    );
  command(within, "grants", "show what the file asks for and what is granted", ["json"]).action(
    (options: CommonOptions) =>
      done(import("../commands/credentials/grant.ts").then((it) => it.grantsCommand(common(options), shell))),
  );
  command(within, "revoke", "take grants back")
    .argument("[source]", "a credential's name, or env:NAME; default: everything that was granted to this repository")
    .action((source: string | undefined, options: CommonOptions) =>
      done(
        import("../commands/credentials/grant.ts").then((it) =>
          it.revokeCommand({ ...common(options), source: source ?? null }, shell),
        ),
      ),
    );
  to.program
    .command("internal-unlock-agent", { hidden: true })
    .argument("<socket>")
    .argument("<until>")
    .action((socket: string, until: string) =>
      done(
        import("../commands/internal-unlock-agent.ts").then((it) =>
          it.internalUnlockAgent({ socket, until: Number(until) }, shell),
        ),
      ),
    );
  to.program
    .command("completion")
    .description("print the script that completes coop's commands: coop completion bash >> ~/.bashrc")
    .argument("<shell>", "bash, zsh or fish")
    .action((name: string) =>
      done(import("../commands/completion.ts").then((it) => it.completionCommand(name, to.program, shell))),
    );
}
