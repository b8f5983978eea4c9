import { CoopError } from "../../../diagnostics/coop-error.ts";
import { grantOfRequest, isInjection, isOf, requestText } from "../../../grants/grant.ts";
import type { Grant, GrantRequest } from "../../../grants/grant.ts";
import { readGrants } from "../../../grants/grant-store.ts";
import { cloneIdentity } from "../../credentials/clone-identity.ts";
import { keepRenewed } from "../../credentials/keep-renewed.ts";
import { engineOrNone, takeBack } from "../../credentials/take-back.ts";
import { addGrants, changeGrants, grantsFile, projectRequests } from "../../credentials/grants.ts";
import { openFile } from "../../open-project.ts";
import { EXIT } from "../../shell.ts";
import type { ExitCode, Shell } from "../../shell.ts";

interface GrantArguments {
  readonly file: string | null;
  /** `env:NAME`, `vault:NAME` or another source, or a credential's name; null = everything that the file asks for. */
  readonly source: string | null;
}

/** `coop credentials grant [SOURCE]`: the user's yes to what this repository's file asks for. */
export async function grantCommand(
  args: GrantArguments & { readonly profile: string | null },
  shell: Shell,
): Promise<ExitCode> {
  const opened = openFile(args.file, shell);
  if ("exit" in opened) return opened.exit;
  const requests = (await projectRequests(opened.project)).filter((each) => isMeant(each, args.source));
  if (requests.length === 0) {
    throw new CoopError(
      "NOT_FOUND",
      args.source === null ? "The file asks for nothing of yours." : `The file does not ask for ${args.source}.`,
      {
        mend: "coop credentials grants shows what it asks for.",
      },
    );
  }
  refuseProfile(requests, args.profile);
  await addGrants(opened.project, requests, shell, args.profile);
  const account = args.profile === null ? "" : ` (your account "${args.profile}")`;
  for (const each of requests) shell.out(`granted: ${requestText(each)}${account}\n`);
  return EXIT.done;
}

/** `coop credentials grants`: what the file asks for, and what was granted to this repository. */
export async function grantsCommand(
  args: { readonly file: string | null; readonly json: boolean },
  shell: Shell,
): Promise<ExitCode> {
  const opened = openFile(args.file, shell);
  if ("exit" in opened) return opened.exit;
  const { project } = opened;
  const [grants, repository] = await Promise.all([readGrants(grantsFile(shell)), cloneIdentity(project.root)]);
  const requests = (await projectRequests(project)).map((each) => {
    const grant = grantOfRequest(each, repository, grants);
    return { ...each, granted: grant !== null, profile: grant?.profile ?? null };
  });
  const unused = grants.filter(
    (grant) =>
      isOf(grant, repository) &&
      !requests.some(
        (each) => each.subject === grant.subject && each.name === grant.name && each.source === grant.source,
      ),
  );
  if (args.json) {
    shell.out(`${JSON.stringify({ version: 1, repository: project.root, requests, unused }, null, 2)}\n`);
    return EXIT.done;
  }
  for (const each of requests) {
    const account = each.profile === null ? "" : ` (your account "${each.profile}")`;
    shell.out(`${each.granted ? "granted" : "asked  "}  ${requestText(each)}${account}\n`);
  }
  for (const each of unused) shell.out(`unused   ${each.subject} ${each.name} from ${each.source}\n`);
  if (requests.length + unused.length === 0)
    shell.err("The file asks for nothing of yours, and nothing is granted to this repository.\n");
  return EXIT.done;
}

/**
 * `coop credentials revoke [SOURCE]`: takes grants to this repository back, and the values out of its gateway if one runs. What a
 * sandbox has in its environment it keeps.
 */
export async function revokeCommand(args: GrantArguments, shell: Shell): Promise<ExitCode> {
  const opened = openFile(args.file, shell);
  if ("exit" in opened) return opened.exit;
  const goes: Grant[] = [];
  const known = await readGrants(grantsFile(shell));
  // Also those of another clone that lay here: whoever revokes means this place.
  const isGoing = (each: Grant): boolean => each.repository === opened.project.root && isMeant(each, args.source);
  const engine = known.some((each) => isGoing(each) && isInjection(each)) ? await engineOrNone(shell) : null;
  if (engine !== null) {
    // What was renewed meanwhile is the user's, and the only one that is still good.
    const { collectRenewed } = await import("../../../backends/docker/collect-renewed.ts");
    const { project } = opened.project.model;
    await keepRenewed(opened.project, () => collectRenewed(engine.docker, project, shell.signal), shell);
  }
  await changeGrants(shell, (before) => {
    goes.push(...before.filter(isGoing));
    return before.filter((each) => !goes.includes(each));
  });
  if (goes.length === 0)
    throw new CoopError("NOT_FOUND", "Nothing of that was granted to this repository.", {
      mend: "coop credentials grants",
    });
  for (const each of goes) shell.out(`revoked: ${each.subject} ${each.name} from ${each.source}\n`);
  if (engine !== null) await takeBack(goes, engine, shell);
  if (goes.some((each) => !isInjection(each))) {
    shell.err(
      "Sandboxes that run keep what their environment has until they are replaced: coop destroy, or edit the file and coop apply.\n",
    );
  }
  return EXIT.done;
}

function isMeant(each: GrantRequest | Grant, wanted: string | null): boolean {
  return wanted === null || each.source === wanted || each.subject === `credentials.${wanted}`;
}

// An account is an entry of the user's own store; a variable has none.
function refuseProfile(requests: readonly GrantRequest[], profile: string | null): void {
  if (profile === null) return;
  const other = requests.find((each) => !each.source.startsWith("vault:"));
  if (other === undefined) return;
  throw new CoopError("USAGE", `${other.source} has no accounts: only what comes from the vault has.`, {
    mend: `Name what is meant: coop credentials grant ${requests.find(isInjection)?.name ?? "NAME"} --profile ${profile}`,
  });
}
