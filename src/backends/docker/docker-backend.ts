import type { Context } from "../../../compilers/container/context.ts";
import { containerObjects } from "../../../compilers/container/compile.ts";
import { liveRefusals } from "../../../compilers/container/live-tree.ts";
import { refusals } from "../../../compilers/container/refusals.ts";
import { CONTAINER_PLAN_RULES, WITHOUT_RESTART_UPDATES } from "../../../compilers/container/plan-rules.ts";
import type { ContainerObject } from "../../../compilers/container/resources.ts";
import type { Operations } from "../../backend/operations.ts";
import type { Backend, WatchHint } from "../../backend/backend.ts";
import type { Checked } from "../../diagnostics/diagnostic.ts";
import { checked } from "../../diagnostics/diagnostic.ts";
import { resourceGraph } from "../../graph/resource.ts";
import type { ResourceGraph, Scope } from "../../graph/resource.ts";
import type { Observed, Snapshot } from "../../graph/snapshot.ts";
import type { Capabilities } from "../../model/capabilities.ts";
import type { ImageFacts } from "../../model/inputs.ts";
import type { EngineAddresses } from "../../model/inputs.ts";
import type { EffectiveChange } from "../../plan/change.ts";
import type { PlanRules } from "../../plan/rules.ts";
import { applyChange } from "./apply-change.ts";
import { capabilitiesOf } from "./capabilities.ts";
import type { RenewedCredential } from "../../gateway/provisions.ts";
import { collectRenewed, runsGateway } from "./collect-renewed.ts";
import type { Engine } from "./connect.ts";
import { engineAddresses } from "./engine-addresses.ts";
import { engineCall, isNotFound, isUnchanged } from "./engine-errors.ts";
import { withGuards } from "./guards.ts";
import type { Hands, Suppliers } from "./hands.ts";
import { imageFacts } from "./image-facts.ts";
import { dockerOperations } from "./operations.ts";
import { observeDocker } from "./observe.ts";
import { publishedPorts } from "./published-ports.ts";
import { untilReady } from "./ready.ts";
import { repositoriesOf } from "./repositories.ts";
import { watchDocker } from "./watch.ts";

/** A container engine as a target: Docker, or Podman behind Docker's words. */
export class DockerBackend implements Backend<ContainerObject, Context> {
  readonly name: Engine["kind"];
  readonly capabilities: Capabilities;
  readonly rules: PlanRules<ContainerObject>;
  readonly engine: Engine;
  readonly operations: Operations;
  readonly #suppliers: Suppliers;
  readonly #masterKeys = new Map<string, Promise<Buffer>>();
  readonly #filled = new Map<string, Promise<void>>();
  #plumbing = "";
  #project = "";
  #repository = "";
  #sessionOwner = "";

  private constructor(engine: Engine, suppliers: Suppliers) {
    this.engine = engine;
    this.name = engine.kind;
    this.rules = engine.kind === "podman" ? WITHOUT_RESTART_UPDATES : CONTAINER_PLAN_RULES;
    this.operations = dockerOperations(engine.docker);
    this.#suppliers = suppliers;
    this.capabilities = capabilitiesOf(engine);
  }

  static async open(engine: Engine | Promise<Engine>, suppliers: Suppliers): Promise<DockerBackend> {
    return new DockerBackend(await engine, suppliers);
  }

  /** From here on, session objects are labelled as its owner's. */
  openSession(owner: string): void {
    this.#sessionOwner = owner;
  }

  compile(context: Context): Checked<ResourceGraph<ContainerObject>> {
    this.#plumbing = context.inputs.plumbing.tag;
    this.#project = context.model.project;
    this.#repository = context.inputs.root;
    const scope = { project: context.model.project, backend: this.name };
    const refused = [...refusals(context.model, this.name, this.capabilities), ...liveRefusals(context, this.name)];
    return refused.length > 0
      ? { ok: false, diagnostics: refused }
      : checked(resourceGraph(scope, containerObjects(context)), []);
  }

  /** Facts of those images that the engine has. */
  images(references: readonly string[]): Promise<Readonly<Record<string, ImageFacts>>> {
    return imageFacts(this.engine.docker, references);
  }

  /** Host ports that the project's publishers hold, by `owner.replica:port`. */
  publishedPorts(project: string): Promise<Readonly<Record<string, number>>> {
    return publishedPorts(this.engine.docker, project);
  }

  /** Where the engine's host answers on its bridges. */
  engineAddresses(project: string): Promise<EngineAddresses> {
    return engineAddresses(this.engine.docker, project);
  }

  /** The repositories from which a project's objects were made. */
  repositories(project: string): Promise<readonly string[]> {
    return repositoriesOf(this.engine.docker, project);
  }

  /** By name, the credentials whose tokens the project's gateway has renewed; none where it does not run. */
  renewed(project: string, signal: AbortSignal): Promise<Readonly<Record<string, RenewedCredential>>> {
    return collectRenewed(this.engine.docker, project, signal);
  }

  /** Whether a project's gateway runs. */
  runsGateway(project: string): Promise<boolean> {
    return runsGateway(this.engine.docker, project);
  }

  async observe(graph: ResourceGraph<ContainerObject>, _signal: AbortSignal): Promise<Snapshot<ContainerObject>> {
    const snapshot = await observeDocker(this.engine.docker, graph, defaultRuntime(this.engine));
    return withGuards(snapshot, graph, this.#suppliers);
  }

  async apply(
    change: EffectiveChange<ContainerObject>,
    report: (step: string) => void,
    signal: AbortSignal,
  ): Promise<void> {
    await applyChange(this.#hands(report, signal), change);
  }

  async ready(desired: ContainerObject, observed: Observed<ContainerObject>, signal: AbortSignal): Promise<void> {
    if (desired.kind !== "container") return;
    const hands = this.#hands(() => undefined, signal);
    await untilReady(hands, this.engine.docker.getContainer(observed.handle), desired.spec);
  }

  async stop({ handle, name }: Observed<ContainerObject>, graceSeconds: number): Promise<void> {
    await engineCall(`stop "${name}"`, async () => {
      await this.engine.docker
        .getContainer(handle)
        .stop({ t: graceSeconds })
        .catch((cause: unknown) => {
          if (!isUnchanged(cause) && !isNotFound(cause)) throw cause;
        });
    });
  }

  watch(scope: Scope, signal: AbortSignal): AsyncIterable<WatchHint> {
    return watchDocker(this.engine.docker, scope, signal);
  }

  #hands(report: (step: string) => void, signal: AbortSignal): Hands {
    return {
      docker: this.engine.docker,
      project: this.#project,
      repository: this.#repository,
      plumbingImage: this.#plumbing,
      suppliers: this.#suppliers,
      masterKeys: this.#masterKeys,
      filled: this.#filled,
      sessionOwner: this.#sessionOwner,
      report,
      signal,
    };
  }

  async close(): Promise<void> {
    // dockerode keeps no connection that would hold the process.
  }
}

function defaultRuntime(engine: Engine): string {
  const named = engine.information["DefaultRuntime"];
  return typeof named === "string" ? named : "runc";
}
