import { Readable } from "node:stream";
import { pack } from "tar-stream";
import type { Suppliers } from "../backends/docker/hands.ts";
import type { LoadedProject } from "../config/load.ts";
import { CoopError } from "../diagnostics/coop-error.ts";
import { plumbingFiles } from "../image/plumbing-image.ts";
import type { BuildInput } from "../model/inputs.ts";
import { missingGrants } from "./grants.ts";
import { workspaceTar } from "./workspace-supplier.ts";
import type { Shell } from "./shell.ts";

/** What this machine lends to the engine: views of the repository, granted secrets, build contexts. */
export function suppliersFor(project: LoadedProject, shell: Shell): Suppliers {
  return {
    workspace: (request, owner) => workspaceTar(project, request, owner, shell),
    secret: (part) => grantedValue(project, part, shell),
    buildContext,
  };
}

// Asked again at the moment of use: a grant that was revoked meanwhile gives nothing.
async function grantedValue(
  project: LoadedProject,
  part: Parameters<Suppliers["secret"]>[0],
  shell: Shell,
): Promise<string> {
  if (part.kind === "credential")
    throw new Error(`the credential ${part.credential} should have been refused by the compiler`);
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

async function buildContext(build: BuildInput): Promise<Readable> {
  const archive = pack();
  archive.entry({ name: "Dockerfile" }, build.dockerfile);
  switch (build.context.kind) {
    case "none":
      break;
    case "plumbing":
      archive.entry({ name: "run/coop/", type: "directory", mode: 0o755 });
      for (const file of await plumbingFiles())
        archive.entry({ name: `opt/coop/${file.name}`, mode: 0o444, mtime: new Date(0) }, file.bytes);
      break;
    case "repository":
      throw new CoopError("ENGINE_UNSUPPORTED", "Building from the repository's Dockerfile is not there yet.");
  }
  archive.finalize();
  return Readable.from(archive);
}
