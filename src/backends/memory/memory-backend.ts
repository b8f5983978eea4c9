import { on } from "node:events";
import { containerObjects } from "../../../compilers/container/compile.ts";
import type { Context } from "../../../compilers/container/context.ts";
import { CONTAINER_PLAN_RULES } from "../../../compilers/container/plan-rules.ts";
import { refusals } from "../../../compilers/container/refusals.ts";
import type { ContainerObject } from "../../../compilers/container/resources.ts";
import { LABEL } from "../../backend/labels.ts";
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
import { applyMemory } from "./apply-memory.ts";
import type { MemoryCall, MemoryWorld } from "./memory-world.ts";
import { observeMemory } from "./observe-memory.ts";

const PUBLISHER = /^container:publisher\.sandbox\.(.+)$/;

/** A container engine without an engine: the same objects, the same rules, a world in this process. */
export class MemoryBackend implements Backend<ContainerObject, Context> {
  readonly name = "memory";
  readonly rules = CONTAINER_PLAN_RULES;
  readonly capabilities: Capabilities = {
    description: "a world in memory",
    memoryLimit: true,
    cpuLimit: true,
    pidsLimit: true,
    seccomp: true,
    isolations: ["container"],
    local: true,
  };
  readonly #world: MemoryWorld;
  #project: string;

  /** `project`: whose objects are made, until something is compiled. */
  constructor(world: MemoryWorld, project = "") {
    this.#world = world;
    this.#project = project;
  }

  compile(context: Context): Checked<ResourceGraph<ContainerObject>> {
    this.#project = context.model.project;
    const refused = refusals(context.model, "docker", this.capabilities);
    if (refused.length > 0) return { ok: false, diagnostics: refused };
    return checked(
      resourceGraph({ project: context.model.project, backend: this.name }, containerObjects(context)),
      [],
    );
  }

  async images(references: readonly string[]): Promise<Readonly<Record<string, ImageFacts>>> {
    return Object.fromEntries([...this.#world.images].filter(([reference]) => references.includes(reference)));
  }

  /** Ports on the host that the project's publishers hold, by `owner.replica:port`. */
  async publishedPorts(project: string): Promise<Readonly<Record<string, number>>> {
    const held = [...this.#world.containers.values()].flatMap(({ labels, body }) => {
      const path = labels[LABEL.project] === project ? PUBLISHER.exec(labels[LABEL.id] ?? "")?.[1] : undefined;
      if (path === undefined) return [];
      return Object.entries(body.HostConfig.PortBindings).map(([port, on]): readonly [string, number] => [
        `${path}:${Number.parseInt(port, 10)}`,
        Number(on[0]?.HostPort),
      ]);
    });
    return Object.fromEntries(held);
  }

  /** Nobody answers on networks that live in this process. */
  async engineAddresses(): Promise<EngineAddresses> {
    return { others: [], own: [] };
  }

  async observe(graph: ResourceGraph<ContainerObject>, signal: AbortSignal): Promise<Snapshot<ContainerObject>> {
    signal.throwIfAborted();
    return observeMemory(this.#world, graph);
  }

  async apply(
    change: EffectiveChange<ContainerObject>,
    _report: (step: string) => void,
    signal: AbortSignal,
  ): Promise<void> {
    signal.throwIfAborted();
    await applyMemory(this.#world, this.#project, change);
  }

  async stop({ handle, name }: Observed<ContainerObject>): Promise<void> {
    await this.#world.call({ verb: "stop", what: `container:${name}` }, () => {
      const found = this.#world.containers.get(handle);
      const phase = { kind: "exited", code: 137, outOfMemory: false } as const;
      if (found !== undefined) this.#world.containers.set(handle, { ...found, phase });
    });
  }

  /** Whatever runs here is ready. */
  async ready(): Promise<void> {}

  async *watch(_scope: Scope, signal: AbortSignal): AsyncIterable<WatchHint> {
    yield { kind: "resubscribed", what: "events" };
    for await (const [event] of on(this.#world.events, "change", { signal })) {
      const call: MemoryCall = event; // the world emits nothing else
      yield { kind: "object", what: `${call.what} ${call.verb}` };
    }
  }

  async close(): Promise<void> {
    // Nothing is held.
  }
}
