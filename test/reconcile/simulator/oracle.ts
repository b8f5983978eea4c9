import type { MemoryCall, MemoryContainer, MemoryWorld } from "../../../src/backends/memory/memory-world.ts";

/** Who holds the turn, and so makes the calls. */
export type Actor = "reconciler" | "person";

const RULES = /\.policy$/;
const DATA = /\.(data|volume|workspace|generated)\./;

/**
 * Looks at every call from outside and knows no word of coop's planning: what an agent may reach is read off the rules as they
 * lie there, what hardens it off its container.
 */
export class Oracle {
  readonly #engine: MemoryWorld;
  readonly #strangers: ReadonlyMap<string, string>;
  #reach: ReadonlySet<string> = new Set();
  readonly #loose = new Map<string, ReadonlySet<string>>();
  actor: Actor = "person";
  readonly violations: string[] = [];
  calls = 0;

  constructor(engine: MemoryWorld, strangers: readonly MemoryContainer[]) {
    this.#engine = engine;
    this.#strangers = new Map(strangers.map((each) => [each.handle, JSON.stringify(each)]));
    engine.events.on("change", (call: MemoryCall) => this.#look(call));
  }

  isStranger(handle: string): boolean {
    return this.#strangers.has(handle);
  }

  /** What must be so at any time, also when nobody calls. */
  sample(): void {
    for (const [handle, was] of this.#strangers)
      if (JSON.stringify(this.#engine.containers.get(handle)) !== was)
        this.#fail(`a stranger's object was touched: ${was.slice(0, 80)}`);
    const ids = [...this.#engine.containers.values()]
      .filter((each) => !this.#strangers.has(each.handle))
      .map((each) => `${each.labels["coop.dev/project"]} ${each.labels["coop.dev/id"]}`);
    const twice = ids.filter((each, index) => ids.indexOf(each) !== index);
    if (twice.length > 0) this.#fail(`more than one instance: ${twice.join(", ")}`);
  }

  #look(call: MemoryCall): void {
    this.calls += this.actor === "reconciler" ? 1 : 0;
    this.sample();
    const [kind = "", name = ""] = split(call.what);
    // Whoever takes the rules away has tightened: to bring them back is a loosening again. What a hand wiped is not.
    if (call.verb === "write" || (call.verb === "remove" && kind === "volume" && RULES.test(name))) this.#rules();
    if (call.verb === "create" && kind === "container") this.#container(name);
    if (call.verb === "remove" && kind === "volume" && DATA.test(name) && this.actor === "reconciler")
      this.#fail(`data was removed without a person: ${name}`);
  }

  #rules(): void {
    const reach = reachOf(this.#engine);
    if (this.actor === "reconciler")
      for (const each of reach) if (!this.#reach.has(each)) this.#fail(`wider reach without a person: ${each}`);
    this.#reach = reach;
  }

  #container(name: string): void {
    const found = this.#engine.named(name);
    if (found === undefined) return;
    const loose = loosenessOf(found);
    const before = this.#loose.get(name) ?? new Set();
    if (this.actor === "reconciler")
      for (const each of loose) if (!before.has(each)) this.#fail(`${name} was loosened without a person: ${each}`);
    this.#loose.set(name, loose);
  }

  #fail(what: string): void {
    this.violations.push(what);
  }
}

function split(what: string): readonly string[] {
  const at = what.indexOf(":");
  return [what.slice(0, at), what.slice(at + 1)];
}

/** `agent/a one.example.com`: whatever any rules that lie there allow. */
function reachOf(engine: MemoryWorld): ReadonlySet<string> {
  const found = new Set<string>();
  for (const [volume, { policy }] of engine.rules) {
    if (!engine.volumes.has(volume)) continue;
    const { subjects } = policy as { readonly subjects: Readonly<Record<string, unknown>> }; // what coop wrote there
    for (const [subject, value] of Object.entries(subjects)) {
      const { open, rules, routes } = value as {
        readonly open: boolean;
        readonly rules: readonly { readonly host: unknown }[];
        readonly routes: readonly unknown[];
      };
      if (open) found.add(`${subject} everything`);
      for (const each of [...rules.map((rule) => rule.host), ...routes])
        found.add(`${subject} ${JSON.stringify(each)}`);
    }
  }
  return found;
}

function loosenessOf({ body, networks, kernelPathsMasked }: MemoryContainer): ReadonlySet<string> {
  const { HostConfig } = body;
  return new Set([
    ...(HostConfig.CapDrop.includes("ALL") ? [] : ["capabilities"]),
    ...HostConfig.CapAdd.map((each) => `capability ${each}`),
    ...(HostConfig.SecurityOpt.includes("no-new-privileges") ? [] : ["privileges"]),
    ...(HostConfig.ReadonlyRootfs ? [] : ["writable root"]),
    ...(kernelPathsMasked ? [] : ["kernel paths"]),
    ...networks.filter((each) => each !== "none" && !each.endsWith(".gateway")).map((each) => `network ${each}`),
  ]);
}
