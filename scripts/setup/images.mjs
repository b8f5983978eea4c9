import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fillBaseContext } from "./base-context.mjs";
import { buildImage } from "./build-image.mjs";
import { ensureMmdebstrap, importDebianRoot } from "./debian-root.mjs";
import { DEFINITION_LABEL, imageDefinitions } from "./image-definitions.mjs";
import { withLock } from "./lock.mjs";
import { statePath } from "./paths.mjs";
import { step } from "./progress.mjs";
import { pullImage } from "./pull-image.mjs";

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
  const [first, ...rest] = definitions.map((definition) => ({
    definition,
    official: definition.officialImage ?? definition.ref,
  }));
  if (first === undefined) return;
  // The first pull decides for all: a registry that does not answer would cost its deadline each time.
  const registry = await pull(client, first.official);
  if (!registry) await ensureMmdebstrap();
  const others = rest.map(async ({ definition, official }) => {
    const pulled = registry && (await pull(client, official));
    await finish(client, definition, pulled ? official : undefined);
  });
  await Promise.all([finish(client, first.definition, registry ? first.official : undefined), ...others]);
}

async function pull(client, ref) {
  if (
    await client.json("GET", `/images/${ref}/json`).then(
      () => true,
      () => false,
    )
  )
    return true;
  return await step(
    `pull ${ref}`,
    `docker pull ${ref}: the official image, where a registry answers`,
    async ({ log, detail }) => {
      const pulled = await pullImage({ client, ref, log, detail });
      detail(pulled ? "" : "no registry answers, Debian packages serve instead");
      return pulled;
    },
  );
}

async function finish(client, definition, officialRoot) {
  if (officialRoot === definition.ref) return;
  const { name, ref, digest, suite, packages, hooks } = definition;
  const what = officialRoot === undefined ? `Debian ${suite} packages` : officialRoot;
  await step(`image ${name}`, `builds ${ref} in the Docker engine from ${what}`, async ({ log, detail }) => {
    const context = mkdtempSync(join(tmpdir(), "coop-context-"));
    const root = officialRoot ?? `coop.local/root-${name}:${digest}`;
    try {
      const filled =
        name === "base"
          ? fillBaseContext({ definition, context, official: officialRoot !== undefined, log })
          : cpSync(definition.folder, context, { recursive: true });
      detail("root file system");
      await Promise.all([filled, officialRoot ?? importDebianRoot({ client, ref: root, suite, packages, hooks, log })]);
      detail("image");
      await buildImage({ client, folder: context, ref, root, labels: { [DEFINITION_LABEL]: digest }, log });
      detail("");
      if (officialRoot === undefined) await client.json("DELETE", `/images/${root}?noprune=1`);
    } finally {
      rmSync(context, { recursive: true, force: true });
    }
  });
}
