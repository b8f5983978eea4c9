import { createHmac, randomBytes } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { LoadedProject } from "../config/load.ts";
import { CoopError } from "../diagnostics/coop-error.ts";
import { grantFor, grantRequests, isGranted, requestText } from "../grants/grant.ts";
import type { GrantRequest } from "../grants/grant.ts";
import { keyOf, readGrants, writeGrants } from "../grants/grant-store.ts";
import { credentialVersions } from "./credential-values.ts";
import type { Shell } from "./shell.ts";
import { settingsFolder, stateFolder } from "./user-folders.ts";

/** Where the user's grants are kept: never in a repository. */
export function grantsFile(shell: Shell): string {
  return join(settingsFolder(shell.environment), "grants.json");
}

/** What the file asks for and nobody has granted. */
export async function missingGrants(project: LoadedProject, shell: Shell): Promise<readonly GrantRequest[]> {
  const requests = grantRequests(project.model);
  if (requests.length === 0) return [];
  const grants = await readGrants(grantsFile(shell));
  return requests.filter((each) => !isGranted(each, project.root, grants));
}

/**
 * Sees to it that everything asked for is granted before anything is changed. A person at a terminal is asked once per
 * request; `--yes` is no answer to this; nobody there means a refusal that lists all of them.
 */
export async function requireGrants(project: LoadedProject, shell: Shell): Promise<void> {
  const missing = await missingGrants(project, shell);
  if (missing.length === 0) return;
  if (shell.interactive) {
    const { confirm, isCancel } = await import("@clack/prompts");
    for (const request of missing) {
      const answer = await confirm({
        message: `${requestText(request)}. Grant it to this repository?`,
        initialValue: false,
      });
      if (isCancel(answer) || !answer) throw refusal([request]);
      await addGrants(project, [request], shell);
    }
    return;
  }
  throw refusal(missing);
}

/** Adds grants to the user's settings; a newer one takes the place of an older one for the same. */
export async function addGrants(
  project: LoadedProject,
  requests: readonly GrantRequest[],
  shell: Shell,
): Promise<void> {
  const added = requests.map((each) => grantFor(each, project.root));
  const keys = new Set(added.map(keyOf));
  const before = await readGrants(grantsFile(shell));
  await writeGrants(grantsFile(shell), [...before.filter((each) => !keys.has(keyOf(each))), ...added]);
}

function refusal(missing: readonly GrantRequest[]): CoopError {
  const list = missing
    .map((each) => `\n  ${each.origin.file}:${each.origin.start.line}: ${requestText(each)}`)
    .join("");
  const sources = [...new Set(missing.map((each) => each.source))];
  return new CoopError(
    "NOT_GRANTED",
    `This repository's file asks for values of yours that you have not granted; nothing was changed.${list}`,
    {
      mend: sources.map((source) => `coop credentials grant ${source}`).join("\n  = "),
    },
  );
}

/**
 * Digests by which a plan sees that a value has changed. Keyed with a secret of this user's: the bare digest of a short
 * value in a label would give it away.
 */
export async function secretVersions(project: LoadedProject, shell: Shell): Promise<Readonly<Record<string, string>>> {
  const sources = [...new Set(grantRequests(project.model).map((each) => each.source))];
  if (sources.length === 0 && project.model.credentials.length === 0) return {};
  const key = await versionKey(shell);
  const variables = Object.fromEntries(
    sources.flatMap((source) => {
      const value = shell.environment[source.slice("env:".length)];
      return value === undefined
        ? []
        : [[source, createHmac("sha256", key).update(value).digest("hex").slice(0, 16)] as const];
    }),
  );
  return { ...variables, ...(await credentialVersions(project, key, shell)) };
}

async function versionKey(shell: Shell): Promise<Buffer> {
  const file = join(stateFolder(shell.environment), "version.key");
  const known = await readFile(file).catch(() => null);
  if (known !== null && known.length === 32) return known;
  const made = randomBytes(32);
  await mkdir(stateFolder(shell.environment), { recursive: true, mode: 0o700 });
  // Two first runs at once: the file that is there first counts for both.
  await writeFile(file, made, { mode: 0o600, flag: "wx" }).catch(() => undefined);
  return readFile(file);
}
