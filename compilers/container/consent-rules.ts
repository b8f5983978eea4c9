import { canonicalJson } from "../../src/graph/digest.ts";
import type { Observed, Snapshot } from "../../src/graph/snapshot.ts";
import { parsePolicy } from "../../src/gateway/parse-policy.ts";
import type { Policy } from "../../src/gateway/policy.ts";
import type { ConsentRules } from "../../src/plan/consent-rules.ts";
import type { Context } from "./context.ts";
import { identityOf, instancePath, instancesOf } from "./instances.ts";
import { objectName } from "./names.ts";
import { looseningDiff } from "./loosenings.ts";
import { GATEWAY, POLICY, POLICY_VOLUME, rulesDigest } from "./plumbing.ts";
import type { ContainerObject, ContainerSpec } from "./resources.ts";

/** Which changes of a project's objects need a person. */
export function consentRulesFor(context: Context): ConsentRules<ContainerObject> {
  const subjects = subjectsOf(context);
  return {
    isSandbox: (id) => id.startsWith("container:sandbox."),
    loosenings: (change) => looseningDiff([change]),
    rulesOf: (resource) => (resource.kind === "policy" ? resource.spec.policy : null),
    withRules: (resource, policy) => {
      if (resource.kind !== "policy") return resource;
      const spec = { ...resource.spec, policy };
      return { ...resource, spec, digest: rulesDigest(spec) };
    },
    intactRules,
    subjectOf: (id) => subjects.find(([suffix]) => id.endsWith(suffix))?.[1] ?? null,
    isOpen,
    isPassing: (id) => /^container:(?:helper|writer|reader)\./.test(id),
    guards: (id, pointer) => id.startsWith("container:") && !HARMLESS.some((each) => pointer.startsWith(each)),
  };
}

// Names, states and shares of the processor keep nobody in.
const HARMLESS = ["/name", "/state", "/body/HostConfig/NanoCpus", "/body/HostConfig/RestartPolicy"];

// Whoever shares a namespace with a sandbox is in no network at all; what the engine's networks reach, no rule of coop's sees.
function isOpen({ id, live }: Observed<ContainerObject>): boolean {
  if (!/^container:(sandbox|forwarder|service)\./.test(id)) return false;
  const { networks } = live as Pick<ContainerSpec, "networks">; // a backend reads containers back in this shape
  return networks.some((each) => each !== "none");
}

// Each object that exists for one sandbox or service alone ends in its path.
function subjectsOf(context: Context): readonly (readonly [string, string])[] {
  return [
    ...instancesOf(context).map((each) => [`.${instancePath(each)}`, sharedSubject(identityOf(each))] as const),
    ...context.model.services.map(({ name }) => [`.service.${name}`, `service/${name}`] as const),
  ];
}

function sharedSubject(identity: string): string {
  return identity.split("/").slice(0, 2).join("/");
}

function intactRules(snapshot: Snapshot<ContainerObject>): Policy | null {
  const found = snapshot.observed.find((each) => each.id === POLICY && each.ownership === "ours");
  const live = found?.live["policy"];
  if (found === undefined || typeof live !== "object" || live === null) return null;
  const parsed = parsePolicy(canonicalJson({ credentials: {}, ...live }));
  return parsed.ok && found.digest !== null && wroteIt(snapshot, parsed.policy, found.digest) ? parsed.policy : null;
}

// The digest beside the rules is of all that they were made from, names of the volume and of the gateway too.
function wroteIt({ scope }: Snapshot<ContainerObject>, policy: Policy, digest: string): boolean {
  const [volume, gateway] = [objectName(scope.project, POLICY_VOLUME), objectName(scope.project, GATEWAY)];
  return digest === rulesDigest({ volume, gateway, policy });
}
