import { cpSync, writeFileSync } from "node:fs";
import { fillBaseContext } from "./base-context.mjs";
import { buildImage } from "./build-image.mjs";
import { ensureMmdebstrap, importDebianRoot } from "./debian-root.mjs";
import { DEFINITION_LABEL, imageDefinitions } from "./image-definitions.mjs";
import { withLock } from "./lock.mjs";
import { statePath } from "./paths.mjs";
import { step } from "./progress.mjs";
import { pullImage } from "./pull-image.mjs";
import { withTemporaryFolder } from "./temporary-folder.mjs";

/** Makes sure that the base image and the service images are in the engine, and returns their references by name. */
export async function ensureImages({ client, engine }) {
  const definitions = imageDefinitions(engine.Arch);
  if ((await missing(client, definitions)).length > 0) {
    await withLock("images", async () => provide(client, await missing(client, definitions)));
  }
  const refs = Object.fromEntries(definitions.map(({ name, ref }) => [name, ref]));
  writeFileSync(statePath("images.json"), `${JSON.stringify(refs, null, 2)}\n`);
  return refs;
}

/** The definitions whose image is not there, or was made here from another definition. A pulled one is left alone. */
async function missing(client, definitions) {
  const images = await client.json("GET", "/images/json");
  const labelsOf = new Map(
    images.flatMap(({ RepoTags, Labels }) => (RepoTags ?? []).map((tag) => [tag, Labels ?? {}])),
  );
  return definitions.filter(({ ref, digest }) => {
    const labels = labelsOf.get(ref);
    return labels === undefined || (labels[DEFINITION_LABEL] ?? digest) !== digest;
  });
}

async function provide(client, definitions) {
  const officialOf = ({ officialImage, ref }) => officialImage ?? ref;
  const [first, ...rest] = definitions;
  if (first === undefined) return;
  // The first pull decides for all: a registry that does not answer would cost its deadline each time.
  const registry = await hasOfficial(client, officialOf(first));
  if (!registry) await ensureMmdebstrap();
  const finished = rest.map(async (definition) => {
    const official = registry && (await hasOfficial(client, officialOf(definition)));
    await finish(client, definition, official);
  });
  await Promise.all([finish(client, first, registry), ...finished]);
}

/** Whether the official image is in the engine, pulling it if need be. */
async function hasOfficial(client, ref) {
  const found = await client.json("GET", `/images/${ref}/json`).catch(() => undefined);
  if (found !== undefined && found.Config.Labels?.[DEFINITION_LABEL] === undefined) return true;
  const what = `docker pull ${ref}: the official image, where a registry answers`;
  return await step(`pull ${ref}`, what, async ({ log, detail }) => {
    const pulled = await pullImage({ client, ref, log, detail });
    detail(pulled ? "" : "no registry answers, Debian packages serve instead");
    return pulled;
  });
}

async function finish(client, definition, official) {
  const { name, ref, digest, suite, officialImage } = definition;
  if (official && officialImage === undefined) return;
  const what = official ? officialImage : `Debian ${suite} packages`;
  await step(`image ${name}`, `builds ${ref} in the Docker engine from ${what}`, ({ log, detail }) =>
    withTemporaryFolder(async (context) => {
      const root = official ? officialImage : `coop.local/root-${name}:${digest}`;
      detail("root file system");
      await Promise.all([
        fillContext({ definition, context, official, log }),
        official ? undefined : importDebianRoot({ ...definition, client, ref: root, log }),
      ]);
      detail("image");
      await buildImage({ client, folder: context, ref, root, labels: { [DEFINITION_LABEL]: digest }, log });
      if (!official) await client.json("DELETE", `/images/${root}?noprune=1`);
      detail("");
    }),
  );
}

async function fillContext(options) {
  if (options.definition.name === "base") await fillBaseContext(options);
  else cpSync(options.definition.folder, options.context, { recursive: true });
}
