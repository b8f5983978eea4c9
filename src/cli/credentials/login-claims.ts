import { join } from "node:path";
import { CoopError } from "../../diagnostics/coop-error.ts";
import { listOf, objectOf, readShape, textOf } from "../../diagnostics/json-shape.ts";
import { isInjection } from "../../grants/grant.ts";
import type { SecretValue } from "../../model/provider.ts";
import type { LoadedProject } from "../../config/load.ts";
import { vaultName } from "../../sources/secret-request.ts";
import { readPrivateFile, writePrivateFile } from "../../vault/private-file.ts";
import { readVault } from "../../vault/vault-store.ts";
import { withFileLock } from "../lock.ts";
import type { Shell } from "../shell.ts";
import { stateFolder } from "../user-folders.ts";
import { judgedRequests } from "./grants.ts";
import { readUserSettings } from "./user-settings-file.ts";
import { vaultPath } from "./vault-access.ts";

/** A project's gateway, as this machine's user knows it. */
export interface Holder {
  /** The engine's own id. */
  readonly engine: string;
  readonly project: string;
}

/** Which gateway renews a login. */
interface Claim extends Holder {
  /** The vault's entry. */
  readonly login: string;
  /** The entry's: it outlasts renewals, and a login that was made anew is nobody's. */
  readonly version: string;
  /** Where the project's file lies, for people. */
  readonly file: string;
}

const FILE_BYTES = 1024 * 1024;

/**
 * Claims the logins of these values that renew themselves for the project's gateway, in the place of all that it has claimed before.
 * Each renewal uses the one before it up, so two gateways would end each other's login: where another one that runs has it, nothing
 * is claimed and all of them are told.
 */
export async function claimLogins(
  { project, holder }: { readonly project: LoadedProject; readonly holder: Holder },
  values: Readonly<Record<string, SecretValue>>,
  runs: (other: Holder) => Promise<boolean>,
  shell: Shell,
): Promise<void> {
  const wanted = await renewable(project, values, shell);
  await changeClaims(shell, async (before) => {
    const others = before.filter((each) => !isOf(each, holder));
    const disputed = others.filter((each) =>
      wanted.some(({ login, version }) => login === each.login && version === each.version),
    );
    const living = await Promise.all(disputed.map(async (each) => ((await runs(each)) ? [each] : [])));
    if (living.flat().length > 0) throw inUse(living.flat());
    const own = wanted.map((each) => ({ ...each, ...holder, file: project.path }));
    return [...others.filter((each) => !disputed.includes(each)), ...own];
  });
}

/** Gives up what the project's gateway has claimed: all of it, or these logins. */
export async function releaseLogins(
  holder: Holder,
  shell: Shell,
  logins: readonly string[] | null = null,
): Promise<void> {
  const goes = (each: Claim): boolean => isOf(each, holder) && (logins === null || logins.includes(each.login));
  await changeClaims(shell, (before) => Promise.resolve(before.filter((each) => !goes(each))));
}

/** The logins among the values that go into requests, by the entries that they were read from. */
async function renewable(
  project: LoadedProject,
  values: Readonly<Record<string, SecretValue>>,
  shell: Shell,
): Promise<readonly Pick<Claim, "login" | "version">[]> {
  const logins = (await judgedRequests(project, shell)).flatMap(({ request, grant }) => {
    const value = Object.hasOwn(values, request.name) ? values[request.name] : undefined;
    const renews = value?.kind === "oauth" && value.refresh !== null;
    return isInjection(request) && grant !== null && renews ? [vaultName(request.name, grant.profile)] : [];
  });
  if (logins.length === 0) return [];
  const vault = await readVault(vaultPath(await readUserSettings(shell), shell));
  const entries = vault?.header.entries ?? [];
  return entries.flatMap(({ name, version }) => (logins.includes(name) ? [{ login: name, version }] : []));
}

function inUse(claims: readonly Claim[]): CoopError {
  const list = claims.map((each) => `\n  ${each.login}: the gateway of "${each.project}" (${each.file})`).join("");
  const names = [...new Set(claims.map((each) => each.login.split("@")[0] ?? ""))];
  return new CoopError(
    "LOCKED",
    `Another project's gateway has a login that renews itself. Each renewal ends the token before it, so two gateways would end each other's; nothing was changed.${list}`,
    {
      mend: names
        .map(
          (name) =>
            `coop credentials login ${name} --profile ANOTHER, then coop credentials grant ${name} --profile ANOTHER; or coop destroy there`,
        )
        .join("\n  = "),
    },
  );
}

async function changeClaims(
  shell: Shell,
  change: (before: readonly Claim[]) => Promise<readonly Claim[]>,
): Promise<void> {
  const file = join(stateFolder(shell.environment), "logins", "claims.json");
  await withFileLock(file, async () => {
    const bytes = await readPrivateFile(file, FILE_BYTES);
    const before = bytes === null ? [] : claimsOf(bytes.toString("utf8"), file);
    const after = await change(before);
    if (JSON.stringify(after) === JSON.stringify(before)) return;
    await writePrivateFile(file, Buffer.from(JSON.stringify({ version: 1, claims: after })), bytes);
  });
}

function claimsOf(text: string, file: string): readonly Claim[] {
  const read = readShape(() => {
    const { claims } = objectOf(JSON.parse(text), "claims", ["version", "claims"]);
    return listOf(claims, "claims", (each, at): Claim => {
      const fields = objectOf(each, at, ["engine", "project", "login", "version", "file"]);
      const word = (name: keyof Claim): string => textOf(fields[name], `${at}.${name}`, 4096);
      return {
        engine: word("engine"),
        project: word("project"),
        login: word("login"),
        version: word("version"),
        file: word("file"),
      };
    });
  });
  if (read.ok) return read.value;
  throw new CoopError("STATE_UNREADABLE", `${file} is damaged: ${read.reason}.`, {
    mend: `See that no two projects use one login, and remove ${file}.`,
  });
}

function isOf(claim: Claim, { engine, project }: Holder): boolean {
  return claim.engine === engine && claim.project === project;
}
