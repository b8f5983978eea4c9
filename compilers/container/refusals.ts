import { diagnostic } from "../../src/diagnostics/catalog.ts";
import type { Diagnostic } from "../../src/diagnostics/diagnostic.ts";
import type { SourceSpan } from "../../src/diagnostics/source-span.ts";
import type { Capabilities } from "../../src/model/capabilities.ts";
import type { Agent, Model, Resources } from "../../src/model/model.ts";

/** What the file asks for and this target cannot enforce. Refused by name, never weakened (design.md §5.1). */
export function refusals(model: Model, backend: string, capabilities: Capabilities): readonly Diagnostic[] {
  const refuse = (what: string, wayOut: string, origin: SourceSpan): Diagnostic =>
    diagnostic("NotSupportedByBackend", { what, backend, wayOut }, origin);
  return [
    ...model.agents.flatMap((agent) => agentRefusals(agent, capabilities, refuse)),
    ...model.services.flatMap((service) => [...resourceRefusals(service.resources, capabilities, refuse)]),
    ...(model.gate === null
      ? []
      : [refuse("`gate`", "Leave `gate` out: there are no forks to land yet.", model.gate.origin)]),
  ];
}

type Refuse = (what: string, wayOut: string, origin: SourceSpan) => Diagnostic;

function agentRefusals(agent: Agent, capabilities: Capabilities, refuse: Refuse): readonly Diagnostic[] {
  const found: Diagnostic[] = [];
  if (!capabilities.isolations.includes(agent.isolation)) {
    found.push(
      refuse(
        `\`isolation: ${agent.isolation}\` of "${agent.name}"`,
        `Install that runtime in the engine, or choose one of: ${capabilities.isolations.join(", ")}.`,
        agent.origin,
      ),
    );
  }
  if (agent.image.toolchain !== null) {
    found.push(
      refuse(
        `\`image.toolchain\` of "${agent.name}"`,
        "Name Debian packages in `image.packages`, or a `dockerfile`.",
        agent.image.origin,
      ),
    );
  }
  if (agent.hostPorts.length > 0 && !capabilities.local) {
    found.push(
      refuse(
        `\`hostPorts\` of "${agent.name}"`,
        "Use an engine on this machine: a remote one has another host.",
        agent.origin,
      ),
    );
  }
  if (agent.workspace.mode === "live" && !capabilities.local) {
    found.push(
      refuse(
        `\`workspace: { mode: live }\` of "${agent.name}"`,
        "Use `mode: clone`: a remote engine does not see this machine's files.",
        agent.workspace.origin,
      ),
    );
  }
  for (const loosening of agent.unsafe) {
    if (loosening.key === "rawNetwork")
      found.push(refuse("`unsafe.rawNetwork`", "Allow the hosts that it needs by `egress` rules.", loosening.origin));
  }
  return [...found, ...resourceRefusals(agent.resources, capabilities, refuse)];
}

function resourceRefusals(resources: Resources, capabilities: Capabilities, refuse: Refuse): readonly Diagnostic[] {
  const limits = [
    [capabilities.memoryLimit, "memory"],
    [capabilities.cpuLimit, "cpus"],
    [capabilities.pidsLimit, "pids"],
  ] as const;
  return limits.flatMap(([enforced, name]) =>
    enforced
      ? []
      : [
          refuse(
            `a limit on \`${name}\``,
            "Use an engine that has that cgroup controller: Podman as an ordinary user needs cgroups v2 with it handed down (`systemctl set-property user.slice Delegate=yes`, then log in again), or run as root.",
            resources.origin,
          ),
        ],
  );
}
