import { digestOf } from "../../src/graph/digest.ts";
import { resource } from "../../src/graph/resource.ts";
import type { ResourceId } from "../../src/graph/resource.ts";
import type { AgentEgress, EgressRule, HostPattern, Model } from "../../src/model/model.ts";
import { TRUST_DIRECTORY, TRUST_ENVIRONMENT } from "../../src/model/trust.ts";
import type { Context } from "./context.ts";
import { nameOf } from "./context.ts";
import { containerId, volumeId } from "./names.ts";
import type { Preparation } from "./preparation.ts";
import type { ContainerObject, MountBody } from "./resources.ts";

/** What the gateway holds in memory alone: an intermediate for the hosts of the rules, and the values of credentials. */
export const PROVISIONS: ResourceId = "provisions:gateway";

const TRUST_VOLUME: ResourceId = volumeId("trust");

/** What a sandbox has besides, because the gateway reads some of its requests. */
export interface TrustPart {
  readonly mounts: readonly MountBody[];
  readonly environment: Readonly<Record<string, string>>;
  readonly prepare: readonly Preparation[];
  readonly dependsOn: readonly ResourceId[];
}

const NOTHING: TrustPart = { mounts: [], environment: {}, prepare: [], dependsOn: [] };

export function trustPart(context: Context, egress: AgentEgress): TrustPart {
  if (interceptedRules(context.model, egress).length === 0) return NOTHING;
  const volume = nameOf(context, TRUST_VOLUME);
  const root = rootOf(context);
  return {
    mounts: [{ Type: "volume", Source: volume, Target: TRUST_DIRECTORY, ReadOnly: true }],
    environment: TRUST_ENVIRONMENT,
    prepare: [{ kind: "trust", volume, target: TRUST_DIRECTORY, root }],
    dependsOn: [TRUST_VOLUME, PROVISIONS],
  };
}

/** The trust volume and what the gateway must be given; nothing where no request is read. */
export function interceptionObjects(context: Context): readonly ContainerObject[] {
  const { model, inputs } = context;
  const rules = rulesInUse(model);
  if (rules.length === 0) return [];
  const names = [...new Set(rules.flatMap((rule) => (rule.credential === null ? [] : [rule.credential])))].toSorted();
  return [
    // A new root or other added roots make it anew, and with it the sandboxes that trust by it.
    resource({
      id: TRUST_VOLUME,
      kind: "volume",
      spec: { name: nameOf(context, TRUST_VOLUME), contents: digestOf([rootOf(context), inputs.trustPem]) },
      dependsOn: [],
      origin: model.origin,
    }),
    resource({
      id: PROVISIONS,
      kind: "provisions",
      spec: {
        gateway: nameOf(context, containerId("gateway")),
        hosts: distinct(rules.map((rule) => rule.host)),
        root: rootOf(context),
        period: inputs.authority?.period ?? 0,
        credentials: Object.fromEntries(
          names.map((name) => [name, inputs.secretVersions[`credential:${name}`] ?? "missing"]),
        ),
      },
      dependsOn: [containerId("gateway"), "policy:rules"],
      origin: model.origin,
    }),
  ];
}

/** Those rules of a list whose requests the gateway reads. */
export function interceptedRules(model: Model, egress: AgentEgress): readonly EgressRule[] {
  if (egress.kind !== "rules") return [];
  return model.egress.rules.filter(
    (rule) => egress.rules.includes(rule.name) && rule.protocol === "https" && rule.tls === "intercept",
  );
}

function rulesInUse(model: Model): readonly EgressRule[] {
  const used = new Set([...model.agents, ...model.services].flatMap((each) => interceptedRules(model, each.egress)));
  return model.egress.rules.filter((rule) => used.has(rule));
}

// Offline nobody asks for it, as with images.
function rootOf({ inputs }: Context): string {
  return inputs.authority?.fingerprint ?? "the project's root";
}

function distinct(hosts: readonly HostPattern[]): readonly HostPattern[] {
  return [...new Map(hosts.map((host) => [JSON.stringify(host), host])).entries()]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([, host]) => host);
}
