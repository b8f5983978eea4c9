import type { LoadedProject } from "../../config/load.ts";
import type { SecretValue } from "../../model/provider.ts";
import type { Shell } from "../shell.ts";
import { judgedRequests, notGranted, requireGrants } from "./grants.ts";
import type { JudgedRequest } from "./grants.ts";

/**
 * The values of credentials by name. Throws NOT_GRANTED for what the user has not granted as the file asks for it now, and
 * SECRETS_MISSING with all that is missing, each with its mend.
 */
export async function credentialValues(
  project: LoadedProject,
  names: readonly string[],
  shell: Shell,
): Promise<Readonly<Record<string, SecretValue>>> {
  if (names.length === 0) return {};
  const judged = (await judgedRequests(project, shell)).filter(
    ({ request }) => request.credential !== null && names.includes(request.credential),
  );
  const refused = judged.filter((each) => each.grant === null);
  const unknown = names.filter((name) => !judged.some(({ request }) => request.credential === name));
  if (refused.length > 0) throw notGranted(refused.map((each) => each.request));
  if (unknown.length > 0) throw new Error(`nothing in the file uses the credential ${unknown.join(", ")}`);
  return readLate(project, judged, shell);
}

/**
 * Sees to it, before anything is changed, that everything the file asks for is granted and can be read; all that is not is
 * told at once. A person is asked for grants, for values that the vault does not have yet, and for its passphrase. Gives the values by name.
 */
export async function requireCredentials(
  project: LoadedProject,
  shell: Shell,
): Promise<Readonly<Record<string, SecretValue>>> {
  await requireGrants(project, shell);
  const judged = await judgedRequests(project, shell);
  return judged.length > 0 ? readLate(project, judged, shell) : {};
}

/**
 * Digests by which a plan sees that a value has changed, by `env:NAME` and `credential:name`. What is not granted is not read,
 * and what cannot be read now has none. The vault need not be open: it says of itself which values are new.
 */
export async function secretVersions(project: LoadedProject, shell: Shell): Promise<Readonly<Record<string, string>>> {
  const judged = await judgedRequests(project, shell);
  if (judged.length === 0) return {};
  const { grantedVersions } = await import("./granted-values.ts");
  return grantedVersions(project, judged, shell);
}

// Most projects ask for nothing of the user's, and what reads it is large.
async function readLate(
  project: LoadedProject,
  judged: readonly JudgedRequest[],
  shell: Shell,
): Promise<Readonly<Record<string, SecretValue>>> {
  const { readGranted } = await import("./granted-values.ts");
  return readGranted(project, judged, shell);
}
