import { dirname } from "node:path";
import type { Context } from "../../compilers/container/context.ts";
import { fleetGroupings, fleetSlots } from "../../compilers/container/compile.ts";
import { looseningDiff } from "../../compilers/container/loosenings.ts";
import { POLICY } from "../../compilers/container/plumbing.ts";
import type { ContainerObject } from "../../compilers/container/resources.ts";
import type { Backend } from "../backend/backend.ts";
import type { LoadedProject } from "../config/load.ts";
import { diagnostic } from "../diagnostics/catalog.ts";
import { CoopError } from "../diagnostics/coop-error.ts";
import type { ResourceGraph, ResourceId } from "../graph/resource.ts";
import type { Snapshot } from "../graph/snapshot.ts";
import { parsePolicy } from "../gateway/parse-policy.ts";
import type { Policy } from "../gateway/policy.ts";
import type { Target } from "../model/model.ts";
import { plan } from "../plan/plan.ts";
import type { Plan } from "../plan/plan.ts";
import { holdBack } from "../plan/slots.ts";
import type { SlottedPlan } from "../plan/slots.ts";
import { reachDiff } from "../plan/reach.ts";
import type { ReachLine } from "../plan/reach.ts";
import { resolve } from "../resolve/resolve.ts";
import type { DockerBackend } from "../backends/docker/docker-backend.ts";
import { compileCredentials } from "../providers/compile-credentials.ts";
import { readProviders } from "../providers/own-providers.ts";
import type { Shell } from "./shell.ts";
import { settingsFolder } from "./user-folders.ts";
import { authorityFacts } from "./authority.ts";
import { secretVersions } from "./credentials/credential-values.ts";
import { RefusedFile } from "./refused-file.ts";
import type { EngineAhead } from "./engine-ahead.ts";
import { refuseStrangers } from "./refuse-strangers.ts";
import { hiddenBy } from "./hidden-by.ts";
import { liveView } from "./live-view.ts";
import { buildContextOf } from "./workspace-supplier.ts";
import { suppliersFor } from "./suppliers.ts";

/** A project and the target that it runs on. */
export interface World extends PlannedWorld {
  readonly backend: DockerBackend;
}

/** What comparing and carrying out need: any container backend. */
export interface PlannedWorld {
  readonly project: LoadedProject;
  readonly target: Target;
  readonly backend: Backend<ContainerObject, Context> &
    Pick<DockerBackend, "images" | "publishedPorts" | "engineAddresses">;
}

/** The whole line from the file to the plan, at one moment. */
export interface Comparison {
  readonly context: Context;
  readonly graph: ResourceGraph<ContainerObject>;
  readonly snapshot: Snapshot<ContainerObject>;
  readonly plan: Plan<ContainerObject>;
  readonly reach: readonly ReachLine[];
  /** Members of fleets that wait for a free place. */
  readonly waiting: readonly ResourceId[];
}

/** Opens the target that the file, or `--target`, names. */
export async function openWorld(
  project: LoadedProject,
  targetName: string | null,
  shell: Shell,
  ahead?: EngineAhead,
): Promise<World> {
  const target = targetOf(project, targetName ?? (shell.environment["COOP_TARGET"] || null));
  const { backend: wanted } = target;
  if (wanted !== "docker" && wanted !== "podman") {
    const facts = {
      what: `The target "${target.name}"`,
      backend: wanted,
      wayOut:
        "Use a target with `backend: docker` or `backend: podman`: this version of coop drives no other engine yet.",
    };
    throw new RefusedFile([diagnostic("NotSupportedByBackend", facts, target.origin)], project);
  }
  const [{ namedEngine, openEngine }, { DockerBackend }] = await Promise.all([
    import("../backends/docker/open-engine.ts"),
    import("../backends/docker/docker-backend.ts"),
  ]);
  const named = namedEngine(shell.environment);
  if (target.written) refuseRuntime(named, wanted);
  const chosen = target.written ? wanted : named;
  if (chosen === "podman") ahead?.forget();
  const engine = await openEngine(chosen, shell.environment, shell.signal, ahead?.docker);
  const backend = await DockerBackend.open(engine, suppliersFor(project, speakingTo(engine, shell)));
  refuseStrangers(project, await backend.repositories(project.model.project));
  return { project, target, backend };
}

/** The same by the same connection, for another run: what a backend remembers holds for one. */
export async function openAgain({ project, target, backend: { engine } }: World, shell: Shell): Promise<World> {
  const { DockerBackend } = await import("../backends/docker/docker-backend.ts");
  const backend = await DockerBackend.open(engine, suppliersFor(project, speakingTo(engine, shell)));
  return { project, target, backend };
}

// Programs of coop's that are started from here on speak to the same engine.
function speakingTo(engine: DockerBackend["engine"], shell: Shell): Shell {
  return { ...shell, environment: { ...shell.environment, COOP_RUNTIME: engine.kind } };
}

// The variable may choose only what the file's target says: it is no way round the file.
function refuseRuntime(runtime: string | null, backend: string): void {
  if (runtime === null || runtime === backend) return;
  throw new CoopError("ENGINE_UNSUPPORTED", `COOP_RUNTIME is "${runtime}", and the target's backend is ${backend}.`, {
    mend: "Unset COOP_RUNTIME, or name a target with that backend by --target.",
  });
}

function targetOf(project: LoadedProject, name: string | null): Target {
  const { targets, defaultTarget } = project.model;
  const wanted = name ?? defaultTarget;
  const found = targets.find((each) => each.name === wanted);
  if (found === undefined) {
    throw new CoopError("NOT_FOUND", `There is no target "${wanted}" in ${project.file}.`, {
      mend: `Name one of: ${targets.map((each) => each.name).join(", ")}.`,
    });
  }
  return found;
}

/** Resolves, compiles, observes and plans. Changes nothing. */
export async function compare(world: PlannedWorld, shell: Shell): Promise<Comparison> {
  const { context, graph } = await askedFor(world, shell);
  const snapshot = await world.backend.observe(graph, shell.signal);
  const { plan: planned, waiting } = planFor(world, context, graph, snapshot);
  const reach = [...reachDiff(observedPolicy(snapshot), desiredPolicy(graph)), ...looseningDiff(planned.changes)];
  return { context, graph, snapshot, plan: planned, reach, waiting };
}

/** What a project's file asks of its target: all reads that it depends on, and the objects that follow from them. */
export interface Asked {
  readonly context: Context;
  readonly graph: ResourceGraph<ContainerObject>;
}

/** Makes every read that the file's meaning depends on, and compiles. Throws RefusedFile for what the target cannot do. */
export async function askedFor(world: PlannedWorld, shell: Shell): Promise<Asked> {
  const { backend, project } = world;
  const inputs = await resolve(project.model, {
    root: project.root,
    folder: dirname(project.path),
    environment: shell.environment,
    images: (references) => backend.images(references),
    publishedPorts: () => backend.publishedPorts(project.model.project),
    engineAddresses: () => backend.engineAddresses(project.model.project),
    buildContext: (agent, path) => buildContextOf(project, agent.name, path, shell),
    hiddenBy: (agent, path) => hiddenBy(project, agent, path),
    liveView: (agent) => liveView(project, agent, shell),
    credentials: compileCredentials(project.model, readProviders(settingsFolder(shell.environment))),
    authority: () => authorityFacts(project, shell),
    secretVersions: await secretVersions(project, shell),
  });
  const context = { model: project.model, inputs };
  const compiled = backend.compile(context);
  if (!compiled.ok) throw new RefusedFile(compiled.diagnostics, project);
  return { context, graph: compiled.value };
}

/** The plan of a graph, without what must wait for a free place in its fleet. */
export function planFor(
  { backend }: Pick<PlannedWorld, "backend">,
  context: Context,
  graph: ResourceGraph<ContainerObject>,
  snapshot: Snapshot<ContainerObject>,
  options: { readonly fingerprinted?: boolean; readonly over?: ReadonlySet<ResourceId> } = {},
): SlottedPlan<ContainerObject> {
  const { fingerprinted = true, over } = options;
  const whole = plan(graph, snapshot, backend.rules, { groupings: fleetGroupings(context), fingerprinted });
  return holdBack(whole, fleetSlots(context), over);
}

function observedPolicy(snapshot: Snapshot<ContainerObject>): Policy | null {
  const live = snapshot.observed.find((each) => each.id === POLICY && each.ownership === "ours")?.live["policy"];
  if (typeof live !== "object" || live === null) return null;
  // An older coop knew no credentials. What anybody else wrote there and is no policy allows nothing.
  const parsed = parsePolicy(JSON.stringify({ credentials: {}, ...live }));
  return parsed.ok ? parsed.policy : null;
}

function desiredPolicy(graph: ResourceGraph<ContainerObject>): Policy | null {
  const found = graph.resources.find((each) => each.id === POLICY);
  return found?.kind === "policy" ? found.spec.policy : null;
}
