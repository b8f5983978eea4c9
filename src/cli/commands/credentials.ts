import { CoopError } from "../../diagnostics/coop-error.ts";
import { grantRequests, isGranted, requestText } from "../../grants/grant.ts";
import { readGrants, writeGrants } from "../../grants/grant-store.ts";
import { addGrants, grantsFile } from "../grants.ts";
import { openFile } from "../open-project.ts";
import { EXIT } from "../shell.ts";
import type { ExitCode, Shell } from "../shell.ts";

interface GrantArguments {
  readonly file: string | null;
  /** `env:NAME`; null = everything that the file asks for. */
  readonly source: string | null;
}

/** `coop credentials grant [SOURCE]`: the user's yes to what this repository's file asks for. */
export async function grantCommand(args: GrantArguments, shell: Shell): Promise<ExitCode> {
  const opened = openFile(args.file, shell);
  if ("exit" in opened) return opened.exit;
  const requests = grantRequests(opened.project.model).filter(
    (each) => args.source === null || each.source === args.source,
  );
  if (requests.length === 0) {
    throw new CoopError(
      "NOT_FOUND",
      args.source === null ? "The file asks for nothing of yours." : `The file does not ask for ${args.source}.`,
      {
        mend: "coop credentials grants shows what it asks for.",
      },
    );
  }
  await addGrants(opened.project, requests, shell);
  for (const each of requests) shell.out(`granted: ${requestText(each)}\n`);
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
  const grants = await readGrants(grantsFile(shell));
  const requests = grantRequests(project.model).map((each) => ({
    ...each,
    granted: isGranted(each, project.root, grants),
  }));
  const unused = grants.filter(
    (grant) =>
      grant.repository === project.root &&
      !requests.some(
        (each) => each.subject === grant.subject && each.name === grant.name && each.source === grant.source,
      ),
  );
  if (args.json) {
    shell.out(`${JSON.stringify({ version: 1, repository: project.root, requests, unused }, null, 2)}\n`);
    return EXIT.done;
  }
  for (const each of requests) shell.out(`${each.granted ? "granted" : "asked  "}  ${requestText(each)}\n`);
  for (const each of unused) shell.out(`unused   ${each.subject} ${each.name} from ${each.source}\n`);
  if (requests.length + unused.length === 0)
    shell.err("The file asks for nothing of yours, and nothing is granted to this repository.\n");
  return EXIT.done;
}

/** `coop credentials revoke [SOURCE]`: takes grants to this repository back. Running sandboxes keep what they have. */
export async function revokeCommand(args: GrantArguments, shell: Shell): Promise<ExitCode> {
  const opened = openFile(args.file, shell);
  if ("exit" in opened) return opened.exit;
  const grants = await readGrants(grantsFile(shell));
  const goes = grants.filter(
    (each) => each.repository === opened.project.root && (args.source === null || each.source === args.source),
  );
  if (goes.length === 0)
    throw new CoopError("NOT_FOUND", "Nothing of that was granted to this repository.", {
      mend: "coop credentials grants",
    });
  await writeGrants(
    grantsFile(shell),
    grants.filter((each) => !goes.includes(each)),
  );
  for (const each of goes) shell.out(`revoked: ${each.subject} ${each.name} from ${each.source}\n`);
  shell.err(
    "Sandboxes that run keep what they have until they are replaced: coop destroy, or edit the file and coop apply.\n",
  );
  return EXIT.done;
}
