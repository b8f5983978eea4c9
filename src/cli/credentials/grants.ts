import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { LoadedProject } from "../../config/load.ts";
import { CoopError } from "../../diagnostics/coop-error.ts";
import { grantFor, grantOfRequest, grantRequests, requestText } from "../../grants/grant.ts";
import type { Grant, GrantRequest } from "../../grants/grant.ts";
import { keyOf, readGrants, writeGrants } from "../../grants/grant-store.ts";
import { cloneIdentity, markClone } from "./clone-identity.ts";
import { withFileLock } from "../lock.ts";
import type { Shell } from "../shell.ts";
import { settingsFolder } from "../user-folders.ts";

/** Where the user's grants are kept: never in a repository. */
export function grantsFile(shell: Shell): string {
  return join(settingsFolder(shell.environment), "grants.json");
}

/** Everything that the project's file asks of the user's own values. */
export async function projectRequests(project: LoadedProject): Promise<readonly GrantRequest[]> {
  const { trust } = project.model.egress;
  const pem = trust === null ? null : await readFile(join(project.root, trust));
  const digest = pem === null ? null : `sha256:${createHash("sha256").update(pem).digest("hex").slice(0, 40)}`;
  return grantRequests(project.model, { trust: digest });
}

/** What the file asks for and nobody has granted. */
export async function missingGrants(project: LoadedProject, shell: Shell): Promise<readonly GrantRequest[]> {
  return (await judgedRequests(project, shell)).flatMap((each) => (each.grant === null ? [each.request] : []));
}

/** A request with the grant that covers it; null = none does. */
export interface JudgedRequest {
  readonly request: GrantRequest;
  readonly grant: Grant | null;
}

/** Everything that the file asks for, judged by the user's grants as they are now. */
export async function judgedRequests(project: LoadedProject, shell: Shell): Promise<readonly JudgedRequest[]> {
  const requests = await projectRequests(project);
  if (requests.length === 0) return [];
  const [grants, repository] = await Promise.all([readGrants(grantsFile(shell)), cloneIdentity(project.root)]);
  return requests.map((request) => ({ request, grant: grantOfRequest(request, repository, grants) }));
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
      if (isCancel(answer) || !answer) throw notGranted([request]);
      await addGrants(project, [request], shell);
    }
    return;
  }
  throw notGranted(missing);
}

/** Adds grants to the user's settings; a newer one takes the place of an older one for the same. */
export async function addGrants(
  project: LoadedProject,
  requests: readonly GrantRequest[],
  shell: Shell,
  profile: string | null = null,
): Promise<void> {
  const repository = await markClone(project.root);
  const added = requests.map((each) => grantFor(each, repository, profile));
  const keys = new Set(added.map(keyOf));
  await changeGrants(shell, (before) => {
    // What was granted to another clone at this path is for nothing that exists any more.
    const kept = before.filter(
      (each) => !keys.has(keyOf(each)) && (each.repository !== repository.path || each.clone === repository.clone),
    );
    return [...kept, ...added];
  });
}

/** Changes the user's grants while no other coop does: a grant that is taken back meanwhile does not come back. */
export async function changeGrants(
  shell: Shell,
  change: (before: readonly Grant[]) => readonly Grant[],
): Promise<void> {
  const file = grantsFile(shell);
  await withFileLock(file, async () => writeGrants(file, change(await readGrants(file))));
}

/** The refusal of all that is asked for and not granted. */
export function notGranted(missing: readonly GrantRequest[]): CoopError {
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
