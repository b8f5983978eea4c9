import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pack } from "tar-stream";
import type { Suppliers } from "../backends/docker/hands.ts";
import type { LoadedProject } from "../config/load.ts";
import { CoopError } from "../diagnostics/coop-error.ts";
import { plumbingFiles } from "../image/plumbing-image.ts";
import { issueAuthority, trustedBySandboxes } from "./authority.ts";
import { credentialValues } from "./credentials/credential-values.ts";
import { withBuildLock } from "./lock.ts";
import { missingGrants } from "./credentials/grants.ts";
import { guardState, startWatcher } from "./live-guard.ts";
import { forgetOrigin } from "./workspace-origin.ts";
import { buildContextTar, workspaceTar } from "./workspace-supplier.ts";
import type { Shell } from "./shell.ts";

/** What this machine lends to the engine: views of the repository, granted secrets, build contexts. */
export function suppliersFor(project: LoadedProject, shell: Shell): Suppliers {
  return {
    workspace: (request, owner) => workspaceTar(project, request, owner, shell),
    forgetWorkspace: (volume) => forgetOrigin(project, volume, shell),
    guard: (request, handle) => startWatcher(project, request, handle, shell),
    guardState: (handle) => guardState(handle, shell),
    secret: (part) => grantedValue(project, part, shell),
    provisions: async (wanted, digest) => ({
      version: 1,
      digest,
      credentials: await credentialValues(project, Object.keys(wanted.credentials), shell),
      authority: wanted.hosts.length === 0 ? null : await issueAuthority(project, wanted, shell),
    }),
    trust: async () => trustedBySandboxes(project, await addedTrust(project), shell),
    buildContext: (build) =>
      build.context.kind === "repository"
        ? buildContextTar(project, build.context.agent, shell)
        : generatedContext(build.dockerfile, build.context.kind === "plumbing"),
    buildAlone: withBuildLock,
  };
}

async function addedTrust({ model, root }: LoadedProject): Promise<string | null> {
  return model.egress.trust === null ? null : readFile(join(root, model.egress.trust), "utf8");
}

// Asked again at the moment of use: a grant that was revoked meanwhile gives nothing.
async function grantedValue(
  project: LoadedProject,
  part: Parameters<Suppliers["secret"]>[0],
  shell: Shell,
): Promise<string> {
  if (part.kind === "credential") return credentialText(project, part.credential, shell);
  const source = `env:${part.variable}`;
  const missing = await missingGrants(project, shell);
  if (missing.some((each) => each.source === source)) {
    throw new CoopError("NOT_GRANTED", `Nothing grants ${source} to this repository.`, {
      mend: `coop credentials grant ${source}`,
    });
  }
  const value = shell.environment[part.variable];
  if (value === undefined) {
    throw new CoopError("NOT_FOUND", `${part.variable} is granted, but it is not set in this environment.`, {
      mend: `export ${part.variable}=…`,
    });
  }
  return value;
}

async function credentialText(project: LoadedProject, name: string, shell: Shell): Promise<string> {
  const value = (await credentialValues(project, [name], shell))[name];
  if (value?.kind === "text") return value.text;
  if (value?.kind === "oauth") return value.accessToken;
  throw new CoopError("SECRETS_MISSING", `The credential ${name} is no text that a variable could hold.`, {
    mend: "Name a credential that is a text, or let the gateway put it into requests.",
  });
}

async function generatedContext(dockerfile: string, withPlumbing: boolean): Promise<Readable> {
  const archive = pack();
  archive.entry({ name: "Dockerfile" }, dockerfile);
  if (withPlumbing) {
    archive.entry({ name: "run/coop/", type: "directory", mode: 0o755 });
    // runc gives a tmpfs the mode of the folder that it covers; where there was none, that is 0755 from the second start on.
    archive.entry({ name: "run/coop-admin/", type: "directory", mode: 0o700 });
    for (const file of await plumbingFiles()) {
      archive.entry({ name: `opt/coop/${file.name}`, mode: 0o444, mtime: new Date(0) }, file.bytes);
    }
  }
  archive.finalize();
  return Readable.from(archive);
}
