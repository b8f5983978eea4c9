import { spawn } from "node:child_process";
import { CoopError } from "../../../diagnostics/coop-error.ts";
import type { Provider } from "../../../model/provider.ts";
import { httpsRequest } from "../../../sources/https-request.ts";
import type { HttpsRequest } from "../../../sources/https-request.ts";
import { discover, httpsAddress } from "../../credentials/oauth/oauth-server.ts";
import { logIn } from "../../credentials/oauth/log-in.ts";
import type { Login } from "../../credentials/oauth/log-in.ts";
import { entryName, openedVault } from "../../credentials/open-vault.ts";
import type { PassphraseArguments } from "../../credentials/open-vault.ts";
import { namedProvider, userProviders } from "../../credentials/providers.ts";
import { drawVersion, storeEntry } from "../../credentials/store-entry.ts";
import { EXIT } from "../../shell.ts";
import type { ExitCode, Shell } from "../../shell.ts";

export interface LoginArguments extends PassphraseArguments {
  readonly name: string;
  readonly profile: string | null;
  readonly provider: string | null;
  /** The resource that the login is for: its server is discovered from it. */
  readonly url: string | null;
  readonly authUrl: string | null;
  readonly tokenUrl: string | null;
  readonly clientId: string | null;
  /** Separated by spaces. */
  readonly scopes: string | null;
  /** Whether a browser is started; the address is told either way. */
  readonly browser: boolean;
}

const DEADLINE_MS = 20_000;
const MOST_BYTES = 1024 * 1024;

/** `coop credentials login NAME`: stores the token that a login in the browser gives, with what renews it. */
export async function loginCommand(
  args: LoginArguments,
  shell: Shell,
  request: HttpsRequest = httpsRequest({ deadlineMs: DEADLINE_MS, maxBytes: MOST_BYTES }),
): Promise<ExitCode> {
  const name = entryName(args.name, args.profile);
  const provider = args.provider === null ? null : namedProvider(args.provider, userProviders(shell));
  // Before anybody logs in: a token that cannot be stored would be lost.
  const { vault, key } = await openedVault(args, shell);
  const login = await loginOf(args, provider, request, shell.signal);
  const value = await logIn(login, (address) => visit(address, args.browser, shell), request, shell.signal);
  const before = vault.header.entries.find((each) => each.name === name);
  const made = new Date().toISOString();
  await storeEntry(vault.path, key, {
    value,
    meta: {
      name,
      version: drawVersion(),
      kind: value.kind,
      provider: args.provider ?? before?.provider ?? null,
      created: before?.created ?? made,
      rotated: before === undefined ? null : made,
      // What is renewed by itself does not end on a day.
      expires:
        value.kind === "oauth" && value.refresh === null && value.expiresAt !== null
          ? new Date(value.expiresAt).toISOString()
          : null,
      note: before?.note ?? null,
    },
  });
  shell.err(`Logged in, and stored "${name}".\n`);
  return EXIT.done;
}

async function loginOf(
  args: LoginArguments,
  provider: Provider | null,
  request: HttpsRequest,
  signal: AbortSignal,
): Promise<Login> {
  const resource = args.url === null ? null : httpsAddress(args.url, "--url");
  const found =
    resource === null || (args.authUrl !== null && args.tokenUrl !== null)
      ? null
      : await discover(resource, request, signal);
  const authorize = args.authUrl === null ? found?.server.authorize : httpsAddress(args.authUrl, "--auth-url");
  const refreshUrl = args.tokenUrl ?? provider?.refresh?.url ?? null;
  const token = refreshUrl === null ? found?.server.token : httpsAddress(refreshUrl, "--token-url");
  if (authorize === undefined || token === undefined) {
    throw new CoopError("USAGE", "Nothing says where to log in.", {
      mend: "Name what the login is for by --url, or the addresses by --auth-url and --token-url.",
    });
  }
  const scopes = args.scopes === null ? (found?.scopes ?? []) : args.scopes.split(/\s+/u).filter((each) => each !== "");
  const clientId = args.clientId ?? provider?.refresh?.clientId ?? null;
  const own = provider?.refresh ?? null;
  return {
    server: { issuer: found?.server.issuer ?? null, register: found?.server.register ?? null, authorize, token },
    clientId,
    // It goes with its own client to its own endpoint, and nowhere else.
    clientSecret: own !== null && clientId === own.clientId && token.href === own.url ? own.clientSecret : null,
    scopes,
    resource: resource?.href ?? null,
    encoding: provider?.refresh?.encoding ?? "form",
  };
}

async function visit(address: URL, browser: boolean, shell: Shell): Promise<void> {
  shell.err(`Log in at:\n\n  ${address.href}\n\n`);
  if (!browser || !shell.interactive) return;
  const program = process.platform === "darwin" ? "open" : "xdg-open";
  // A machine without a browser: the address was told.
  spawn(program, [address.href], { stdio: "ignore", detached: true, env: browserEnvironment(shell) })
    .on("error", () => undefined)
    .unref();
}

// What a browser needs to find its screen and its profile, and no value that lies in the shell.
function browserEnvironment(shell: Shell): Readonly<Record<string, string | undefined>> {
  const needed =
    /^(?:HOME|PATH|USER|LANG|LC_\w+|DISPLAY|WAYLAND_DISPLAY|XAUTHORITY|XDG_\w+|DBUS_SESSION_BUS_ADDRESS|BROWSER|DESKTOP_SESSION|WSL\w*)$/u;
  return Object.fromEntries(Object.entries(shell.environment).filter(([name]) => needed.test(name)));
}
