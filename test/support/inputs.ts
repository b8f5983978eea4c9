import { compileCredentials } from "../../src/providers/compile-credentials.ts";
import { BUILT_IN_PROVIDERS } from "../../src/providers/provider-book.ts";
import { agentImage } from "../../src/image/agent-image.ts";
import type { BuildInput, ImageFacts, Inputs } from "../../src/model/inputs.ts";
import type { Model } from "../../src/model/model.ts";

const BASE = "coop.local/base:000000000000";

const PLUMBING: BuildInput = {
  tag: "coop.local/plumbing:000000000000",
  digest: "sha256:00",
  dockerfile: `FROM ${BASE}\n`,
  arguments: {},
  network: "none",
  title: "coop's gateway and forwarder",
  context: { kind: "plumbing" },
};

// As the official images say of themselves.
const KNOWN: Readonly<Record<string, Partial<ImageFacts>>> = {
  postgres: {
    entrypoint: ["docker-entrypoint.sh"],
    command: ["postgres"],
    ports: [5432],
    volumes: ["/var/lib/postgresql/data"],
  },
  redis: {
    entrypoint: ["docker-entrypoint.sh"],
    command: ["redis-server"],
    workingDir: "/data",
    ports: [6379],
    volumes: ["/data"],
  },
};

/** Inputs of no machine: the same on every one. Images are there, with ids that only their names decide. */
export function inputsFor(model: Model, differences: Partial<Inputs> = {}): Inputs {
  const builds = Object.fromEntries(
    model.agents.flatMap((agent) => {
      const build = agentImage(agent, BASE);
      return build === null ? [] : [[agent.name, build] as const];
    }),
  );
  const references = [
    BASE,
    PLUMBING.tag,
    ...Object.values(builds).map((each) => each.tag),
    ...model.agents.flatMap(({ image }) => (image.source.kind === "ref" ? [image.source.ref] : [])),
    ...model.services.map((each) => each.image),
  ];
  return {
    authority: null,
    credentials: compileCredentials(model, BUILT_IN_PROVIDERS),
    root: "/srv/demo",
    user: { uid: 1000, gid: 1000 },
    timeZone: "",
    publishedPorts: {},
    hostAddresses: [],
    images: Object.fromEntries(references.map((each) => [each, factsOf(each)])),
    baseImage: BASE,
    baseBuild: null,
    plumbing: PLUMBING,
    builds,
    tasks: {},
    prompts: {},
    trustPem: null,
    secretVersions: {},
    live: {},
    ...differences,
  };
}

function factsOf(reference: string): ImageFacts {
  const known = KNOWN[reference.split(":")[0] ?? ""] ?? {};
  return {
    id: `sha256:id-of-${reference}`,
    user: "",
    entrypoint: [],
    command: [],
    workingDir: "",
    volumes: [],
    ports: [],
    ...known,
  };
}
