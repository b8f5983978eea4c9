import { resource } from "../../src/graph/resource.ts";
import type { ResourceId } from "../../src/graph/resource.ts";
import type { Healthcheck, Service } from "../../src/model/model.ts";
import type { Context } from "./context.ts";
import { factsOf, imageId, imageOf, nameOf } from "./context.ts";
import { hardenedHostConfig, scratch } from "./hardening.ts";
import { trustPart } from "./interception.ts";
import { knownImage, knownUser } from "./known-images.ts";
import type { KnownImage } from "./known-images.ts";
import { containerId, volumeId } from "./names.ts";
import { forwarderId, forwarderObjects, GATEWAY } from "./plumbing.ts";
import { ENVIRONMENT_DIRECTORY, GENERATED_DIRECTORY, START_SCRIPT } from "./preparation.ts";
import type { Preparation, SecretEntry } from "./preparation.ts";
import type { ContainerBody, ContainerObject, ContainerSpec, HealthcheckBody, MountBody } from "./resources.ts";
import { generatedNames, secretPart, servicePorts } from "./wiring.ts";

const MEBIBYTE = 1024 * 1024;
const NANOSECONDS = 1_000_000;

/** A service: its own closed namespace, its data volumes, its passwords. */
export function serviceObjects(context: Context, service: Service): readonly ContainerObject[] {
  const path = `service.${service.name}`;
  const id = containerId(path);
  const known = knownImage(service.image);
  const user = serviceUser(context, service, known);
  const generated = generatedNames(service);
  const generatedId = volumeId(`generated.${service.name}`);
  const secrets = secretEnvironment(context, service, known);
  const environmentId = volumeId(`environment.${service.name}`);
  const data = service.volumes.map((mount) => ({ ...mount, id: volumeId(`data.${service.name}.${mount.volume}`) }));

  const trust = trustPart(context, service.egress);

  const volumes: readonly ResourceId[] = [
    ...data.map((each) => each.id),
    ...(generated.length === 0 ? [] : [generatedId]),
    ...(secrets.length === 0 ? [] : [environmentId]),
  ];
  const mounts: readonly MountBody[] = [
    ...data.map((each) => mountOf(nameOf(context, each.id), each.target, each.readOnly)),
    ...(generated.length === 0 ? [] : [mountOf(nameOf(context, generatedId), GENERATED_DIRECTORY, true)]),
    ...(secrets.length === 0 ? [] : [mountOf(nameOf(context, environmentId), ENVIRONMENT_DIRECTORY, true)]),
    ...trust.mounts,
  ];
  const prepare: readonly Preparation[] = [
    ...(generated.length === 0
      ? []
      : [{ kind: "generated", volume: nameOf(context, generatedId), names: generated, user } as const]),
    ...(secrets.length === 0
      ? []
      : [{ kind: "environment", volume: nameOf(context, environmentId), user, entries: secrets, files: [] } as const]),
    ...trust.prepare,
  ];
  const command = commandOf(context, service, known, secrets.length > 0);
  const body: ContainerBody = {
    User: user,
    WorkingDir: factsOf(context, service.image)?.workingDir ?? "",
    Entrypoint: command,
    Cmd: command === null ? null : [],
    Env: environmentOf(service, known, generated, trust.environment),
    Healthcheck: healthcheckOf(service.healthcheck ?? known?.healthcheck ?? null),
    StopTimeout: 10,
    HostConfig: hardenedHostConfig({
      networkMode: `container:${nameOf(context, forwarderId(path))}`,
      resources: service.resources,
      mounts,
      tmpfs: Object.fromEntries(
        ["/tmp", ...(known?.tmpfs ?? []), ...service.tmpfs].map((each) => [
          each,
          scratch({ sizeBytes: 256 * MEBIBYTE, mode: "1777" }),
        ]),
      ),
      unsafe: service.unsafe,
    }),
  };
  const spec: ContainerSpec = {
    name: nameOf(context, id),
    role: "service",
    image: imageOf(context, service.image),
    state: "running",
    restart: service.restart,
    networks: [],
    kernelPathsMasked: true,
    body,
    prepare,
    ready: { kind: "healthy", wait: service.wait, timeoutMs: service.readyTimeoutMs, provision: service.provision },
  };
  return [
    ...volumes.map((each) =>
      resource({
        id: each,
        kind: "volume" as const,
        spec: { name: nameOf(context, each) },
        dependsOn: [],
        origin: service.origin,
      }),
    ),
    ...forwarderObjects(context, {
      path,
      identity: path.replace(".", "/"),
      serves: servicePorts(service),
      aliases: [],
      origin: service.origin,
    }),
    resource({
      id,
      kind: "container",
      spec,
      dependsOn: [
        imageId(service.image),
        ...volumes,
        forwarderId(path),
        GATEWAY,
        ...trust.dependsOn,
        ...service.dependsOn.map((name) => containerId(`service.${name}`)),
      ],
      origin: service.origin,
    }),
  ];
}

function mountOf(source: string, target: string, readOnly: boolean): MountBody {
  return { Type: "volume", Source: source, Target: target, ReadOnly: readOnly };
}

// As the image's own user from the start, so that no capability is needed to become it.
function serviceUser(context: Context, service: Service, known: KnownImage | null): string {
  if (service.user !== null) return service.user;
  return known === null ? (factsOf(context, service.image)?.user ?? "") : knownUser(known, service.image);
}

function commandOf(
  context: Context,
  service: Service,
  known: KnownImage | null,
  loadsSecrets: boolean,
): readonly string[] | null {
  const facts = factsOf(context, service.image);
  if (facts === null) return null;
  const withPassword = service.environment.some((each) => each.name === known?.password.variable)
    ? (known?.password.command ?? null)
    : null;
  const entrypoint = service.entrypoint ?? facts.entrypoint;
  const command = service.command ?? (service.entrypoint === null ? facts.command : []);
  const own =
    service.command === null && service.entrypoint === null && withPassword !== null
      ? withPassword
      : [...entrypoint, ...command];
  return loadsSecrets ? ["/bin/sh", START_SCRIPT, ...own] : own;
}

function environmentOf(
  service: Service,
  known: KnownImage | null,
  generated: readonly string[],
  trust: Readonly<Record<string, string>>,
): readonly string[] {
  const byFile = generated
    .filter((name) => known?.fileVariables.includes(name) === true)
    .map((name) => `${name}_FILE=${GENERATED_DIRECTORY}/${name}`);
  const literals = service.environment.flatMap(({ name, value }) =>
    value.kind === "literal" ? [`${name}=${value.text}`] : [],
  );
  const own = new Set(literals.map((each) => each.slice(0, each.indexOf("="))));
  const trusting = Object.entries(trust).flatMap(([name, value]) => (own.has(name) ? [] : [`${name}=${value}`]));
  return [...literals, ...byFile, ...trusting].toSorted();
}

/** Secrets that the image does not read from a file of its own accord. */
function secretEnvironment(context: Context, service: Service, known: KnownImage | null): readonly SecretEntry[] {
  return service.environment.flatMap((entry): readonly SecretEntry[] => {
    switch (entry.value.kind) {
      case "literal":
        return [];
      case "host":
      case "credential":
        return [{ name: entry.name, parts: [secretPart(context, entry, false)] }];
      case "generate":
        if (known?.fileVariables.includes(entry.name) === true) return [];
        return [
          {
            name: entry.name,
            parts: [
              {
                kind: "generated",
                volume: nameOf(context, volumeId(`generated.${service.name}`)),
                name: entry.name,
                encode: false,
              },
            ],
          },
        ];
    }
  });
}

function healthcheckOf(healthcheck: Healthcheck | null): HealthcheckBody | null {
  if (healthcheck === null) return null;
  return {
    Test: healthcheck.test,
    Interval: healthcheck.intervalMs * NANOSECONDS,
    Timeout: healthcheck.timeoutMs * NANOSECONDS,
    Retries: healthcheck.retries,
    StartPeriod: healthcheck.startPeriodMs * NANOSECONDS,
  };
}
