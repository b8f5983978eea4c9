import type { Policy, PolicyRule, Route, Subject } from "../../src/gateway/policy.ts";
import type { Agent, AgentEgress, Model } from "../../src/model/model.ts";
import type { Context } from "./context.ts";
import { refusedHostAddresses } from "./host-addresses.ts";
import { identityOf, instancesOf } from "./instances.ts";
import { servicePorts } from "./wiring.ts";

/** The name by which an agent reaches the host ports that it lists. */
export const HOST_NAME = "host.coop.internal";

/** The identity of the process that holds the host's end of `hostPorts`. */
export const HOST_RELAY = "host-relay";

/** What the gateway of this project enforces. */
export function compilePolicy(context: Context): Policy {
  const { model, inputs } = context;
  const subjects: Record<string, Subject> = {};
  for (const agent of model.agents) subjects[`agent/${agent.name}`] = agentSubject(model, agent);
  for (const service of model.services) {
    subjects[`service/${service.name}`] = {
      ...egressOf(model, service.egress),
      routes: serviceRoutes(model, service.dependsOn),
    };
  }
  for (const instance of instancesOf(context)) {
    const identity = identityOf(instance);
    const { ports } = instance.agent;
    if (ports.length === 0) continue;
    const routes = ports.map(({ port }) => ({ name: "sandbox", port, to: { identity, port } }));
    subjects[identity.replace(/^agent/, "publisher")] = { open: false, rules: [], routes };
  }
  if (model.agents.some((agent) => agent.hostPorts.length > 0)) {
    subjects[HOST_RELAY] = { open: false, rules: [], routes: [] };
  }
  return {
    version: 1,
    project: model.project,
    resolvers: model.egress.resolvers,
    trust: inputs.trustPem,
    hostAddresses: refusedHostAddresses(context),
    credentials: usedCredentials(context, subjects),
    subjects,
  };
}

// Only what a rule in force names: the gateway need not know what else the file has.
function usedCredentials({ inputs }: Context, subjects: Policy["subjects"]): Policy["credentials"] {
  const used = new Set(Object.values(subjects).flatMap(({ rules }) => rules.flatMap((rule) => rule.credential ?? [])));
  return Object.fromEntries(Object.entries(inputs.credentials.credentials).filter(([name]) => used.has(name)));
}

function agentSubject(model: Model, agent: Agent): Subject {
  const hostRoutes = agent.hostPorts.map(({ port }) => ({ name: HOST_NAME, port, to: { identity: HOST_RELAY, port } }));
  return { ...egressOf(model, agent.egress), routes: [...serviceRoutes(model, agent.services), ...hostRoutes] };
}

function egressOf(model: Model, egress: AgentEgress): Omit<Subject, "routes"> {
  switch (egress.kind) {
    case "open":
      return { open: true, rules: [] };
    case "rules":
      return {
        open: false,
        rules: model.egress.rules.filter((rule) => egress.rules.includes(rule.name)).map(policyRule),
      };
  }
}

function policyRule({ origin: _, ...rule }: Model["egress"]["rules"][number]): PolicyRule {
  return rule;
}

function serviceRoutes(model: Model, names: readonly string[]): readonly Route[] {
  return model.services
    .filter((service) => names.includes(service.name))
    .flatMap((service) =>
      servicePorts(service).map((port) => ({
        name: service.name,
        port,
        to: { identity: `service/${service.name}`, port },
      })),
    );
}
