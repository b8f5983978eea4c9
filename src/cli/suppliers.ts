import { Readable } from "node:stream";
import { pack } from "tar-stream";
import type { Suppliers } from "../backends/docker/hands.ts";
import type { LoadedProject } from "../config/load.ts";
import { CoopError } from "../diagnostics/coop-error.ts";
import { plumbingFiles } from "../image/plumbing-image.ts";
import type { BuildInput } from "../model/inputs.ts";
import { workspaceTar } from "./workspace-supplier.ts";
import type { Shell } from "./shell.ts";

/** What this machine lends to the engine: views of the repository, granted secrets, build contexts. */
export function suppliersFor(project: LoadedProject, shell: Shell): Suppliers {
  return {
    workspace: (request, owner) => workspaceTar(project, request, owner, shell),
    secret: (part) => {
      const what = part.kind === "host" ? `env:${part.variable}` : `credential:${part.credential}`;
      return Promise.reject(
        new CoopError("NOT_GRANTED", `Nothing grants ${what} to this repository.`, {
          mend: `coop credentials grant ${what}`,
        }),
      );
    },
    buildContext,
  };
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
