import { readFile } from "node:fs/promises";
import { join, relative } from "node:path";
import type { Digest } from "../graph/digest.ts";
import type { BaseImage } from "../image/base-image.ts";
import { baseImage } from "../image/base-image.ts";
import { agentImage, repositoryImage } from "../image/agent-image.ts";
import { plumbingImage } from "../image/plumbing-image.ts";
import type { CompiledCredentials } from "../model/compiled-credentials.ts";
import type { AuthorityFacts, BuildInput, ImageFacts, Inputs, LiveView, EngineAddresses } from "../model/inputs.ts";
import type { Agent, Model } from "../model/model.ts";
import { allocatePorts, wantedPorts } from "./published-ports.ts";
import { hostAddresses } from "./host-addresses.ts";
import { givenText } from "./given-text.ts";
import type { GivenFrom } from "./given-text.ts";
import { taskFiles } from "./task-files.ts";
import { timeZone } from "./time-zone.ts";

/** What resolve asks of the target and of the process. */
export interface Sources {
  readonly root: string;
  /** The folder of coop.yaml: what the file names is relative to it. */
  readonly folder: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Facts of those images that the target has. */
  readonly images: (references: readonly string[]) => Promise<Readonly<Record<string, ImageFacts>>>;
  /** Host ports that the project's publishers hold, by `owner.replica:port`. */
  readonly publishedPorts: () => Promise<Readonly<Record<string, number>>>;
  /** Where the engine's host answers on its bridges. */
  readonly engineAddresses: () => Promise<EngineAddresses>;
  /** Digest and Dockerfile of the filtered repository, as an image build for this agent would be sent it. */
  readonly buildContext: (
    agent: Agent,
    path: string,
  ) => Promise<{ readonly digest: Digest; readonly dockerfile: string }>;
  /** The rule that hides a file, by its path relative to the root, from an agent; null = the agent sees it. */
  readonly hiddenBy: (agent: Agent, path: string) => Promise<string | null>;
  /** What a walk over the repository finds for an agent that works on the live tree. */
  readonly liveView: (agent: Agent) => Promise<LiveView>;
  /** What the file's credentials mean by the providers that are known here. */
  readonly credentials: CompiledCredentials;
  /** The project's certificate authority, made if there is none; asked only where requests are read. */
  readonly authority: () => Promise<AuthorityFacts | null>;
  /** Digests of the values of granted secrets, by `env:NAME` and `credential:name`. */
  readonly secretVersions: Readonly<Record<string, string>>;
}

/** Makes every read that the compiled graph depends on, once. */
export async function resolve(model: Model, sources: Sources): Promise<Inputs> {
  const base = await baseImage(sources.environment);
  const plumbing = await plumbingImage(base.tag);
  const builds = await agentBuilds(model, base, sources);
  const references = new Set([
    plumbing.tag,
    base.tag,
    ...Object.values(builds).map((each) => each.tag),
    ...model.agents.flatMap(({ image }) => (image.source.kind === "ref" ? [image.source.ref] : [])),
    ...model.services.map((each) => each.image),
  ]);
  const [images, tasks, prompts, held, trustPem, addresses, live, authority] = await Promise.all([
    sources.images([...references].toSorted()),
    fleetTasks(model, sources),
    promptTexts(model, sources),
    sources.publishedPorts(),
    model.egress.trust === null ? null : readFile(join(sources.folder, model.egress.trust), "utf8"),
    hostAddresses(await engineAddresses(model, sources)),
    liveViews(model, sources),
    readsRequests(model) ? sources.authority() : null,
  ]);
  return {
    root: sources.root,
    user: sandboxUser(),
    timeZone: timeZone(sources.environment),
    hostAddresses: addresses,
    publishedPorts: await allocatePorts(wantedPorts(model, tasks), held),
    images,
    baseImage: base.tag,
    baseBuild: base.build,
    plumbing,
    builds,
    tasks,
    prompts,
    trustPem,
    live,
    authority,
    credentials: sources.credentials,
    secretVersions: sources.secretVersions,
  };
}

function readsRequests(model: Model): boolean {
  return model.egress.rules.some((rule) => rule.protocol === "https" && rule.tls === "intercept");
}

// Where no rule names addresses, private ones are refused in any case.
async function engineAddresses(model: Model, sources: Sources): Promise<EngineAddresses> {
  const named = model.egress.rules.some((rule) => rule.addresses.length > 0);
  return named ? sources.engineAddresses() : { others: [], own: [] };
}

async function agentBuilds(
  model: Model,
  base: BaseImage,
  sources: Sources,
): Promise<Readonly<Record<string, BuildInput>>> {
  const builds = await Promise.all(
    model.agents.map(async (agent) => {
      const { source } = agent.image;
      if (source.kind !== "dockerfile") {
        const build = agentImage(agent, base.tag);
        return build === null ? [] : [[agent.name, build] as const];
      }
      const path = relative(sources.root, join(sources.folder, source.path));
      const build = repositoryImage(agent, path, base.tag, await sources.buildContext(agent, path));
      return [[agent.name, build] as const];
    }),
  );
  return Object.fromEntries(builds.flat());
}

async function liveViews(model: Model, sources: Sources): Promise<Inputs["live"]> {
  const agents = model.agents.filter((each) => each.workspace.mode === "live");
  return Object.fromEntries(
    await Promise.all(agents.map(async (agent) => [agent.name, await sources.liveView(agent)] as const)),
  );
}

// Root on the host is nobody's identity in a sandbox (coop-yaml.md, "user in the sandbox").
function sandboxUser(): Inputs["user"] {
  const uid = process.getuid?.() ?? 1000;
  const gid = process.getgid?.() ?? 1000;
  return uid === 0 ? { uid: 1000, gid: 1000 } : { uid, gid };
}

async function fleetTasks(model: Model, sources: Sources): Promise<Inputs["tasks"]> {
  const entries = await Promise.all(
    model.fleets.map(async ({ name, agent, work }) => {
      const pattern = model.agents.find((each) => each.name === agent);
      if (work.kind !== "tasks" || pattern === undefined) return [name, []] as const;
      return [name, await taskFiles(givenFrom(pattern, sources), work.glob)] as const;
    }),
  );
  return Object.fromEntries(entries);
}

// By path: each agent that names a file must see it.
async function promptTexts(model: Model, sources: Sources): Promise<Readonly<Record<string, string>>> {
  const texts = await Promise.all(
    model.agents.map(async (agent) => {
      if (agent.run.kind !== "cli" || agent.run.prompt.kind !== "file") return [];
      const { path } = agent.run.prompt;
      return [[path, (await givenText(givenFrom(agent, sources), path, "promptFile")).text] as const];
    }),
  );
  return Object.fromEntries(texts.flat());
}

function givenFrom(agent: Agent, { root, folder, hiddenBy }: Sources): GivenFrom {
  return { root, folder, hiddenBy: (path) => hiddenBy(agent, path) };
}
