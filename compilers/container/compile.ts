import { resource } from "../../src/graph/resource.ts";
import type { ResourceId } from "../../src/graph/resource.ts";
import type { SourceSpan } from "../../src/diagnostics/source-span.ts";
import type { BuildInput } from "../../src/model/inputs.ts";
import type { Grouping } from "../../src/plan/order.ts";
import type { Slots } from "../../src/plan/slots.ts";
import type { Context } from "./context.ts";
import { imageId } from "./context.ts";
import { imageReference } from "./image-reference.ts";
import { instancePath, instancesOf, reachesAnything } from "./instances.ts";
import { interceptionObjects } from "./interception.ts";
import { containerId } from "./names.ts";
import { forwarderId, gatewayObjects } from "./plumbing.ts";
import { hostRelayObjects, publisherObjects } from "./ports.ts";
import { sandboxObjects } from "./sandbox.ts";
import { serviceObjects } from "./service.ts";
import type { ContainerObject } from "./resources.ts";

/** All objects of a project on a container engine. Pure; what the engine cannot do has been refused before. */
export function containerObjects(context: Context): readonly ContainerObject[] {
  const { model } = context;
  const gateway = model.services.length > 0 || model.agents.some(reachesAnything) ? gatewayObjects(context) : [];
  const objects = [
    ...imageObjects(context, gateway.length > 0),
    ...gateway,
    ...interceptionObjects(context),
    ...model.services.flatMap((service) => serviceObjects(context, service)),
    ...instancesOf(context).flatMap((instance) => [
      ...sandboxObjects(context, instance),
      ...publisherObjects(context, instance),
    ]),
    ...hostRelayObjects(context),
    ...namedVolumes(context),
  ];
  return objects;
}

/** Members of a fleet are replaced a few at a time, the lowest first, each with the namespace that it stands on. */
export function fleetGroupings(context: Context): readonly Grouping[] {
  return context.model.fleets
    .filter((fleet) => fleet.update.strategy === "rolling")
    .map((fleet) => ({
      maxUnavailable: fleet.update.maxUnavailable,
      units: instancesOf(context)
        .filter((instance) => instance.fleet?.name === fleet.name)
        .map((instance): readonly ResourceId[] => {
          const path = `sandbox.${instancePath(instance)}`;
          return [forwarderId(path), containerId(path)];
        }),
    }));
}

/** Fleets that may run only so many members at a time. */
export function fleetSlots(context: Context): readonly Slots[] {
  return context.model.fleets.flatMap((fleet) => {
    if (fleet.maxParallel === null) return [];
    const instances = instancesOf(context).filter((instance) => instance.fleet?.name === fleet.name);
    const members = instances.map((instance) => {
      const path = instancePath(instance);
      return { id: containerId(`sandbox.${path}`), suffix: `.${path}` };
    });
    return [{ members, maxParallel: fleet.maxParallel }];
  });
}

/** How long each member of a fleet with a budget may run, in milliseconds, by the id of its sandbox. */
export function fleetBudgets(context: Context): ReadonlyMap<ResourceId, number> {
  return new Map(
    instancesOf(context).flatMap((instance) => {
      const wallMs = instance.fleet?.budgetWallMs ?? null;
      return wallMs === null ? [] : [[containerId(`sandbox.${instancePath(instance)}`), wallMs] as const];
    }),
  );
}

function imageObjects(context: Context, withPlumbing: boolean): readonly ContainerObject[] {
  const { model, inputs } = context;
  const images = new Map<string, { readonly build: BuildInput | null; readonly origin: SourceSpan }>();
  for (const agent of model.agents) {
    images.set(imageReference(context, agent), {
      build: inputs.builds[agent.name] ?? (agent.image.source.kind === "base" ? inputs.baseBuild : null),
      origin: agent.image.origin,
    });
  }
  for (const service of model.services) images.set(service.image, { build: null, origin: service.imageOrigin });
  if (withPlumbing) images.set(inputs.plumbing.tag, { build: inputs.plumbing, origin: model.origin });
  const standsOnBase = [...images.values()].some(({ build }) =>
    build?.dockerfile.startsWith(`FROM ${inputs.baseImage}\n`),
  );
  if (standsOnBase && !images.has(inputs.baseImage))
    images.set(inputs.baseImage, { build: inputs.baseBuild, origin: model.origin });
  return [...images].map(([tag, { build, origin }]) => {
    const onBase =
      build !== null && tag !== inputs.baseImage && build.dockerfile.startsWith(`FROM ${inputs.baseImage}\n`);
    return resource({
      id: imageId(tag),
      kind: "image" as const,
      spec: { tag, build },
      dependsOn: onBase ? [imageId(inputs.baseImage)] : [],
      origin,
    });
  });
}

// Named volumes belong to the project, not to one agent: two agents that name the same one share it.
function namedVolumes(context: Context): readonly ContainerObject[] {
  const byName = new Map(
    context.model.agents.flatMap((agent) => agent.volumes).map((mount) => [mount.volume, mount.origin]),
  );
  return [...byName].map(([name, origin]) =>
    resource({
      id: `volume:volume.${name}`,
      kind: "volume" as const,
      spec: { name: `coop.${context.model.project}.volume.${name}` },
      dependsOn: [],
      origin,
    }),
  );
}
