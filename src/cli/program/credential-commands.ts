import { InvalidArgumentError, Option } from "commander";
import type { Command } from "commander";
import { millisecondsOf } from "../../config/quantities.ts";
import type { EntryMeta } from "../../vault/vault-header.ts";
import type { Declaring } from "./declaring.ts";

interface Given {
  readonly passphraseFd?: number;
  readonly newPassphraseFd?: number;
  readonly filePassphraseFd?: number;
  readonly profile?: string;
  readonly json?: boolean;
  readonly yes?: boolean;
}

/** Commands about the user's own store of credentials; none of them reads a coop.yaml. */
export function declareCredentialCommands({ program, shell, done }: Declaring): void {
  declareChanges({ program, shell, done });
  declareMoves({ program, shell, done });
  declareLogin({ program, shell, done });
  program
    .command("list")
    .description("list what the vault holds: names, never values")
    .option("--json", "print JSON instead of text")
    .action((options: Given) =>
      done(
        import("../commands/credentials/list.ts").then((it) => it.listCommand({ json: options.json === true }, shell)),
      ),
    );
  withPassphrase(named(program, "show", "show what is known of one, and the last characters of its value"))
    .option("--meta", "only what is known without opening the vault")
    .option("--json", "print JSON instead of text")
    .action((name: string, options: Given & { readonly meta?: boolean }) =>
      done(
        import("../commands/credentials/show.ts").then((it) =>
          it.showCommand({ ...target(name, options), meta: options.meta === true, json: options.json === true }, shell),
        ),
      ),
    );
  named(program, "test", "ask its provider whether it is good")
    .option("--provider <provider>", "whose it is; default: as was said when it was stored")
    .option("-f, --file <file>", "the coop.yaml to look in for what is not yours by name")
    .option("--json", "print JSON instead of text")
    .action((name: string, options: Given & { readonly provider?: string; readonly file?: string }) =>
      done(
        import("../commands/credentials/test.ts").then((it) =>
          it.testCommand(
            {
              name,
              profile: options.profile ?? null,
              provider: options.provider ?? null,
              file: options.file ?? null,
              json: options.json === true,
            },
            shell,
          ),
        ),
      ),
    );
  withPassphrase(
    program.command("unlock").description("hold the vault's key for a time, so that nothing asks for the passphrase"),
  )
    .option("--for <duration>", "how long, such as 15m or 8h; default: 15m, or `vault.autoLock`", duration)
    .action((options: Given & { readonly for?: number }) =>
      done(
        import("../commands/credentials/unlock.ts").then((it) =>
          it.unlockCommand({ passphraseFd: options.passphraseFd ?? null, forMs: options.for ?? null }, shell),
        ),
      ),
    );
  program
    .command("lock")
    .description("forget the vault's key")
    .action(() => done(import("../commands/credentials/unlock.ts").then((it) => it.lockCommand(shell))));
}

function declareChanges({ program, shell, done }: Declaring): void {
  withPassphrase(program.command("init").description("make the vault"))
    .option("--key-file", "open it by a key in a file of this machine: for machines that nobody sits at")
    .option("--keyring", "open it by a key in the desktop's keyring, and by a passphrase")
    .action((options: Given & { readonly keyFile?: boolean; readonly keyring?: boolean }) =>
      done(
        import("../commands/credentials/init.ts").then((it) =>
          it.initCommand(
            {
              passphraseFd: options.passphraseFd ?? null,
              keyFile: options.keyFile === true,
              keyring: options.keyring === true,
            },
            shell,
          ),
        ),
      ),
    );
  withPassphrase(named(program, "set", "store a value: typed unseen, or piped in"))
    .option("--provider <provider>", "whose it is: anthropic, github, …")
    .addOption(new Option("--kind <kind>", "what it is; default: text").choices(["text", "aws", "oauth"]))
    .option("--expires <time>", "until when it is good: 90d, 2027-12-31")
    .option("--note <text>", "a line of your own, which stands in the open part of the file")
    .option("-y, --yes", "put it in the place of one that is there")
    .action(
      (
        name: string,
        options: Given & {
          readonly provider?: string;
          readonly kind?: EntryMeta["kind"];
          readonly expires?: string;
          readonly note?: string;
        },
      ) =>
        done(
          import("../commands/credentials/set.ts").then((it) =>
            it.setCommand(
              {
                ...target(name, options),
                provider: options.provider ?? null,
                kind: options.kind ?? null,
                expires: options.expires ?? null,
                note: options.note ?? null,
                yes: options.yes === true,
              },
              shell,
            ),
          ),
        ),
    );
  withPassphrase(named(program, "rotate", "put a new value in the place of one that is there"))
    .option("--expires <time>", "until when it is good: 90d, 2027-12-31")
    .action((name: string, options: Given & { readonly expires?: string }) =>
      done(
        import("../commands/credentials/set.ts").then((it) =>
          it.rotateCommand({ ...target(name, options), expires: options.expires ?? null }, shell),
        ),
      ),
    );
  withPassphrase(named(program, "rm", "remove one for good"))
    .option("-y, --yes", "do not ask")
    .action((name: string, options: Given) =>
      done(
        import("../commands/credentials/rm.ts").then((it) =>
          it.rmCommand({ ...target(name, options), yes: options.yes === true }, shell),
        ),
      ),
    );
}

function declareLogin({ program, shell, done }: Declaring): void {
  withPassphrase(named(program, "login", "log in by a browser, and store the token with what renews it"))
    .option("--url <url>", "what the login is for: where to log in is found from it")
    .option("--provider <provider>", "whose it is; some say how a token is renewed")
    .option("--auth-url <url>", "where a person logs in")
    .option("--token-url <url>", "where the token is given")
    .option("--client-id <id>", "coop's name there; default: one is registered")
    .option("--scopes <scopes>", "what the token may do, separated by spaces")
    .option("--no-browser", "only print the address")
    .action((name: string, options: LoginOptions) =>
      done(
        import("../commands/credentials/login.ts").then((it) =>
          it.loginCommand(
            {
              ...target(name, options),
              provider: options.provider ?? null,
              url: options.url ?? null,
              authUrl: options.authUrl ?? null,
              tokenUrl: options.tokenUrl ?? null,
              clientId: options.clientId ?? null,
              scopes: options.scopes ?? null,
              browser: options.browser,
            },
            shell,
          ),
        ),
      ),
    );
}

interface LoginOptions extends Given {
  readonly url?: string;
  readonly provider?: string;
  readonly authUrl?: string;
  readonly tokenUrl?: string;
  readonly clientId?: string;
  readonly scopes?: string;
  readonly browser: boolean;
}

function declareMoves({ program, shell, done }: Declaring): void {
  withPassphrase(program.command("passphrase").description("give the vault another passphrase, and another key"))
    .option("--new-passphrase-fd <n>", "read the new one from this descriptor", descriptor)
    .action((options: Given) =>
      done(
        import("../commands/credentials/passphrase.ts").then((it) =>
          it.passphraseCommand(newPassphrase(options), shell),
        ),
      ),
    );
  withPassphrase(program.command("export").description("write a sealed copy with a passphrase of its own"))
    .argument("<file>", "a file that is not there yet")
    .option("--new-passphrase-fd <n>", "read the copy's passphrase from this descriptor", descriptor)
    .action((file: string, options: Given) =>
      done(
        import("../commands/credentials/export.ts").then((it) =>
          it.exportCommand({ ...newPassphrase(options), to: file }, shell),
        ),
      ),
    );
  withPassphrase(program.command("import").description("take over what a sealed copy holds"))
    .argument("<file>", "what `coop credentials export` wrote")
    .option("--file-passphrase-fd <n>", "read the copy's passphrase from this descriptor", descriptor)
    .option("--replace", "also what is there under the same name")
    .action((file: string, options: Given & { readonly replace?: boolean }) =>
      done(
        import("../commands/credentials/export.ts").then((it) =>
          it.importCommand(
            {
              passphraseFd: options.passphraseFd ?? null,
              from: file,
              filePassphraseFd: options.filePassphraseFd ?? null,
              replace: options.replace === true,
            },
            shell,
          ),
        ),
      ),
    );
}

function named(program: Command, name: string, description: string): Command {
  return program
    .command(name)
    .description(description)
    .argument("<name>", "its name, as `credentials` in a coop.yaml has it")
    .option("-p, --profile <account>", "which of your accounts");
}

function withPassphrase(command: Command): Command {
  return command.option("--passphrase-fd <n>", "read the passphrase from this descriptor", descriptor);
}

interface Target {
  readonly name: string;
  readonly profile: string | null;
  readonly passphraseFd: number | null;
}

function target(name: string, options: Given): Target {
  return { name, profile: options.profile ?? null, passphraseFd: options.passphraseFd ?? null };
}

function newPassphrase(options: Given): {
  readonly passphraseFd: number | null;
  readonly newPassphraseFd: number | null;
} {
  return { passphraseFd: options.passphraseFd ?? null, newPassphraseFd: options.newPassphraseFd ?? null };
}

function descriptor(text: string): number {
  if (/^\d{1,4}$/u.test(text) && text !== "1" && text !== "2") return Number(text);
  throw new InvalidArgumentError(`${text} is no descriptor to read from.`);
}

function duration(text: string): number {
  if (/^\d{1,9}(?:ms|s|m|h)$/u.test(text)) return millisecondsOf(text);
  throw new InvalidArgumentError(`${text} is no duration; write 15m or 8h.`);
}
