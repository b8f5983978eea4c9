import { hostPatternText } from "../model/host-pattern-text.ts";
import type { AgentEgress, EgressRule, Model } from "../model/model.ts";

/** Somebody of a file who holds values or hands them on. */
interface Party {
  /** `agents.coder` or `services.db`. */
  readonly subject: string;
  readonly egress: AgentEgress;
  readonly hostPorts: readonly number[];
  /** Where it meets others: services that it reaches or is, volumes, the tree, its ports on the host. */
  readonly meets: readonly string[];
}

/**
 * Where a value that one subject is given could end up, sorted: its own hosts and those of everybody whom it meets, over
 * any number of steps. A repository writes what runs in its agents, so one that may reach nothing can leave a value in a
 * service, in a named volume, in a live tree or at a published port for another that may. The resolvers of a file belong to it: they say
 * which machine a host's name means.
 */
export function whereItCouldGo(model: Model, subject: string): readonly string[] {
  const parties = partiesOf(model);
  const reached = new Set(parties.filter((each) => each.subject === subject));
  for (const party of reached)
    for (const other of parties) if (party.meets.some((place) => other.meets.includes(place))) reached.add(other);
  const hosts = [...reached].flatMap((each) => hostsOf(each, model.egress.rules));
  const resolvers = hosts.length === 0 ? [] : model.egress.resolvers.map((each) => `names by ${each}`);
  return [...new Set([...hosts, ...resolvers])].toSorted();
}

function partiesOf(model: Model): readonly Party[] {
  // What one agent writes into the user's own tree is in every view that is made of it later.
  const treeIsWritten = model.agents.some((agent) => agent.workspace.mode === "live");
  return [
    ...model.agents.map((agent) => ({
      subject: `agents.${agent.name}`,
      egress: agent.egress,
      hostPorts: agent.hostPorts.map((each) => each.port),
      meets: [
        ...agent.services.map((name) => `service ${name}`),
        ...agent.volumes.map((mount) => `volume ${mount.volume}`),
        ...(treeIsWritten && agent.workspace.mode !== "none" ? ["tree"] : []),
        ...[...agent.ports, ...agent.hostPorts].map((each) => `port ${each.port}`),
      ],
    })),
    ...model.services.map((service) => ({
      subject: `services.${service.name}`,
      egress: service.egress,
      hostPorts: [],
      meets: [service.name, ...service.dependsOn].map((name) => `service ${name}`),
    })),
  ];
}

function hostsOf(party: Party, rules: readonly EgressRule[]): readonly string[] {
  const local = party.hostPorts.map((port) => `this machine:${port}`);
  if (party.egress.kind === "open") return ["every public host", ...local];
  const { rules: named } = party.egress;
  return [
    ...rules
      .filter((rule) => named.includes(rule.name))
      .flatMap((rule) => rule.ports.map((port) => `${hostPatternText(rule.host)}:${port}`)),
    ...local,
  ];
}
