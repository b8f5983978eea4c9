import { EventEmitter } from "node:events";
import type { ContainerBody } from "../../../compilers/container/resources.ts";
import { CoopError } from "../../diagnostics/coop-error.ts";
import type { Phase } from "../../graph/snapshot.ts";
import type { ImageFacts } from "../../model/inputs.ts";

export interface MemoryContainer {
  readonly handle: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly image: string;
  readonly networks: readonly string[];
  readonly kernelPathsMasked: boolean;
  readonly body: ContainerBody;
  /** The handle of the container whose namespace it joins; null = it has one of its own. */
  readonly joins: string | null;
  readonly phase: Phase;
  /** Steps of the world's own clock: when it was made, and when it last came up. */
  readonly created: number;
  readonly started: number | null;
  /** What it was given in one run, by that run's start; another run has forgotten it. */
  readonly given?: { readonly digest: string; readonly run: number | null };
}

/** A network or a volume. `live` is what can be read back of its spec. */
export interface MemoryThing {
  readonly handle: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly live: Readonly<Record<string, unknown>>;
}

/** One mutating call of the engine. */
export interface MemoryCall {
  readonly verb: "create" | "start" | "unpause" | "stop" | "remove" | "update" | "rename" | "write" | "give" | "make";
  /** `container:coop.demo.gateway`. */
  readonly what: string;
}

/** Throws to make a call fail: `before` nothing has happened, `after` it has and the answer is lost. */
export type Fault = (call: MemoryCall, moment: "before" | "after") => void;

/** An engine that lives in this process: what is there, and calls that may be watched and made to fail. */
export class MemoryWorld {
  readonly containers = new Map<string, MemoryContainer>();
  readonly networks = new Map<string, MemoryThing>();
  readonly volumes = new Map<string, MemoryThing>();
  readonly images = new Map<string, ImageFacts>();
  /** What lies in a volume that holds rules, by the volume's name. */
  readonly rules = new Map<string, { readonly digest: string; readonly policy: unknown }>();
  /** Programs that no image has: a container whose first word is one of them ends at once. */
  readonly missingPrograms = new Set<string>();
  /** Users that no image has: a container of one of them does not start. */
  readonly missingUsers = new Set<string>();
  readonly journal: MemoryCall[] = [];
  readonly events = new EventEmitter();
  faults: readonly Fault[] = [];
  /** What could not be read at the next observation, in words. */
  gaps: readonly string[] = [];
  /** How a call lets others come between its parts. */
  between: () => Promise<void> = () => new Promise((resolve) => setImmediate(resolve));
  #clock = 0;

  /** Runs one call: other calls may come between its beginning and its end, as on a real engine. */
  async call<T>(call: MemoryCall, act: () => T): Promise<T> {
    for (const fault of this.faults) fault(call, "before");
    await this.between();
    const result = act();
    this.journal.push(call);
    this.events.emit("change", call);
    await this.between();
    for (const fault of this.faults) fault(call, "after");
    return result;
  }

  tick(): number {
    this.#clock += 1;
    return this.#clock;
  }

  /** A name for something new that nothing had before. */
  handle(): string {
    return `memory-${this.tick()}`;
  }

  named(name: string): MemoryContainer | undefined {
    return [...this.containers.values()].find((each) => each.name === name);
  }

  /** Changes a container by hand, as somebody with rights on the engine could. */
  alter(name: string, change: (container: MemoryContainer) => Partial<MemoryContainer>): void {
    const found = this.named(name);
    if (found === undefined) throw new Error(`no container ${name}`);
    this.containers.set(found.handle, { ...found, ...change(found) });
  }

  /** Puts a container there, named by its own handle. */
  add(container: Omit<MemoryContainer, "handle" | "created" | "started">): MemoryContainer {
    if (this.named(container.name) !== undefined) throw refused(`create "${container.name}": the name is taken`);
    const added = { ...container, handle: this.handle(), created: this.tick(), started: null };
    this.containers.set(added.handle, added);
    return added;
  }

  usersOfVolume(name: string): readonly MemoryContainer[] {
    return [...this.containers.values()].filter((each) =>
      each.body.HostConfig.Mounts.some((mount) => mount.Source === name),
    );
  }
}

/** The engine's refusal, in its own words. */
export function refused(what: string): CoopError {
  return new CoopError("ENGINE_REFUSED", `The engine refused to ${what}.`);
}
