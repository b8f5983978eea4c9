import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { CoopError } from "../diagnostics/coop-error.ts";
import { systemRefusal } from "../diagnostics/system-refusal.ts";
import { digestOf, digestOfBytes, shortDigest } from "../graph/digest.ts";
import type { BuildInput } from "../model/inputs.ts";
import { packageRoot } from "./package-root.ts";

/** The bundles that the image of the gateway and the forwarder holds. */
export const PLUMBING_FILES = ["gateway.mjs", "forwarder.mjs"] as const;

/** The image with coop's own processes: the base and two files, tagged by their content. */
export async function plumbingImage(base: string): Promise<BuildInput> {
  const files = await plumbingFiles();
  const dockerfile = `FROM ${base}
COPY --chown=0:0 opt/coop/ /opt/coop/
COPY --chown=65532:65532 run/ /run/
`;
  const digest = digestOf({ dockerfile, files: files.map((each) => [each.name, digestOfBytes(each.bytes)]) });
  return {
    tag: `coop.local/plumbing:${shortDigest(digest)}`,
    digest,
    dockerfile,
    arguments: {},
    network: "none",
    title: "coop's gateway and forwarder",
    context: { kind: "plumbing" },
  };
}

/** The bundles' bytes, from where `npm run build` puts them. */
export async function plumbingFiles(): Promise<readonly { readonly name: string; readonly bytes: Buffer }[]> {
  const folder = join(packageRoot(), "dist/plumbing");
  return Promise.all(
    PLUMBING_FILES.map(async (name) => {
      try {
        return { name, bytes: await readFile(join(folder, name)) };
      } catch (cause) {
        const refusal = systemRefusal(cause);
        if (refusal !== null) throw refusal;
        throw new CoopError("FILE_UNREADABLE", `coop's own ${name} is not built.`, { cause, mend: "npm run build" });
      }
    }),
  );
}
