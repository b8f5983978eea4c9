import { diagnostic } from "../../diagnostics/catalog.ts";
import type { Diagnostic } from "../../diagnostics/diagnostic.ts";
import type { Places } from "../places.ts";
import type { Rule } from "./rule.ts";

/** The forwarder's own, inside every sandbox. */
const FORWARDER = new Map([
  [53, "is the sandbox's own DNS"],
  [3128, "is the sandbox's own proxy"],
]);

/** In one sandbox a port means one thing. */
export const ports: Rule = (_file, { agents, places, services }) => {
  const found: Diagnostic[] = [];
  for (const { entry } of agents) {
    found.push(...clashes(entry.ports, places), ...clashes(entry.hostPorts, places));
    const published = new Set(entry.ports);
    for (const [at, port] of (entry.hostPorts ?? []).entries()) {
      if (!published.has(port)) continue;
      const facts = { port, why: "is the agent's own by `ports`, so that the host's cannot be reached at it" };
      found.push(diagnostic("PortClash", facts, places.value(entry.hostPorts ?? [], at)));
    }
  }
  for (const { entry } of services) found.push(...clashes(entry.ports, places));
  return found;
};

function clashes(list: readonly number[] | undefined, places: Places): readonly Diagnostic[] {
  if (list === undefined) return [];
  const first = new Map<number, number>();
  return list.flatMap((port, at) => {
    const earlier = first.get(port);
    const reserved = FORWARDER.get(port);
    if (earlier === undefined) first.set(port, at);
    if (earlier !== undefined) {
      const related = [{ message: "first written here", span: places.value(list, earlier) }];
      return [diagnostic("PortClash", { port, why: "is listed twice" }, places.value(list, at), related)];
    }
    return reserved === undefined ? [] : [diagnostic("PortClash", { port, why: reserved }, places.value(list, at))];
  });
}
