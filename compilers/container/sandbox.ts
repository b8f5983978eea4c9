import type { ResourceId } from "../../src/graph/resource.ts";
import { resource } from "../../src/graph/resource.ts";
import { OWN_ROUTE } from "../../src/gateway/own-route.ts";
import { SANDBOX_ADDRESS } from "../../src/model/sandbox-address.ts";
import type { LiveView } from "../../src/model/inputs.ts";
import type { Agent, Service } from "../../src/model/model.ts";
import { clientPart } from "./clients/client-part.ts";
import { commandOf } from "./command.ts";
import type { Context } from "./context.ts";
import { imageId, imageOf, nameOf } from "./context.ts";
import { hardenedHostConfig, scratch } from "./hardening.ts";
import { imageReference } from "./image-reference.ts";
import { identityOf, instancePath, reachesAnything } from "./instances.ts";
import type { Instance } from "./instances.ts";
import { gitOverHttps } from "./git-over-https.ts";
import { trustPart } from "./interception.ts";
import { liveMounts } from "./live-tree.ts";
import { containerId, volumeId } from "./names.ts";
import { forwarderId, forwarderObjects, GATEWAY } from "./plumbing.ts";
import { hostPortOf, portAliases } from "./ports.ts";
import { ENVIRONMENT_DIRECTORY, START_SCRIPT } from "./preparation.ts";
import type { Preparation, SecretEntry } from "./preparation.ts";
import type { ContainerBody, ContainerObject, ContainerSpec, MountBody } from "./resources.ts";
import { userOf } from "./sandbox-user.ts";
import { secretPart, serviceWiring } from "./wiring.ts";
import { workspacePath } from "./workspace-path.ts";

/** The sandbox user's home: scratch, since what must outlive a sandbox is a named volume or the workspace. */
export const HOME = "/home/agent";

const MEBIBYTE = 1024 * 1024;
const GIBIBYTE = 1024 * MEBIBYTE;

/** Everything that one sandbox needs besides the project's gateway. */
export function sandboxObjects(context: Context, instance: Instance): readonly ContainerObject[] {
  const { agent } = instance;
  const path = `sandbox.${instancePath(instance)}`;
  const id = containerId(path);
  const reference = imageReference(context, agent);
  const workspace = workspaceOf(context, instance);
  const live = agent.workspace.mode === "live" ? context.inputs.live[agent.name] : undefined;
  const place = workspacePath(agent.workspace.path, context.inputs.root);
  const secrets = secretEnvironment(context, agent);
  const workingDirectory = agent.workspace.mode === "none" ? HOME : place;
  const client = clientPart(context, agent, workingDirectory);
  const loads = secrets.length > 0 || client.files.length > 0;
  const environmentVolume = volumeId(`environment.${instancePath(instance)}`);
  const named = agent.volumes.map((mount) => ({
    ...mount,
    id: volumeId(`volume.${mount.volume}`),
    target: mount.target.replace(/^~(?=\/|$)/, HOME),
  }));
  const user = userOf(context, agent, reference);
  const reaching = reachesAnything(agent);
  const trust = trustPart(context, agent.egress);

  const volumes: readonly ResourceId[] = [
    ...(workspace === null ? [] : [workspace.id]),
    ...(loads ? [environmentVolume] : []),
    ...named.map((each) => each.id),
  ];
  const mounts: readonly MountBody[] = [
    ...(workspace === null
      ? []
      : [volumeMount(nameOf(context, workspace.id), workspace.target, agent.workspace.readOnly)]),
    ...(loads ? [volumeMount(nameOf(context, environmentVolume), ENVIRONMENT_DIRECTORY, true)] : []),
    ...named.map((each) => volumeMount(nameOf(context, each.id), each.target, each.readOnly)),
    ...trust.mounts,
    ...(live === undefined
      ? []
      : liveMounts(
          live,
          place,
          agent.workspace.readOnly,
          named.map((each) => each.target),
        )),
  ];
  const prepare: readonly Preparation[] = [
    ...(workspace === null
      ? []
      : [
          {
            kind: "workspace",
            volume: nameOf(context, workspace.id),
            target: workspace.target,
            ref: agent.workspace.ref,
            user,
            agent: agent.name,
          } as const,
        ]),
    ...named.map((each) => ({ kind: "owned", volume: nameOf(context, each.id), target: each.target, user }) as const),
    ...(loads
      ? [
          {
            kind: "environment",
            volume: nameOf(context, environmentVolume),
            user,
            entries: secrets,
            files: client.files,
          } as const,
        ]
      : []),
    ...trust.prepare,
    ...(live === undefined ? [] : [guardOf(agent, live)]),
  ];
  const command = commandOf(instance, context);
  const body: ContainerBody = {
    User: user,
    WorkingDir: workingDirectory,
    Entrypoint: loads ? ["/bin/sh", START_SCRIPT, ...command] : command,
    Cmd: [],
    Env: environmentOf(context, instance, reaching, {
      ...trust.environment,
      ...client.environment,
      ...gitOverHttps(context, agent),
    }),
    Healthcheck: { Test: ["NONE"], Interval: 0, Timeout: 0, Retries: 0, StartPeriod: 0 },
    StopTimeout: 10,
    HostConfig: hardenedHostConfig({
      networkMode: reaching ? `container:${nameOf(context, forwarderId(path))}` : "none",
      resources: agent.resources,
      mounts,
      tmpfs: {
        "/tmp": scratch({ sizeBytes: GIBIBYTE, mode: "1777" }),
        [HOME]: scratch({ sizeBytes: GIBIBYTE, mode: "0755", ...numericUser(user) }),
      },
      unsafe: agent.unsafe,
      runtime: agent.isolation === "gvisor" ? "runsc" : "",
      ...(reaching ? {} : { dns: ["127.0.0.1"] }),
    }),
  };
  const spec: ContainerSpec = {
    name: nameOf(context, id),
    role: "sandbox",
    image: imageOf(context, reference),
    state: "running",
    restart: agent.restart,
    networks: reaching ? [] : ["none"],
    kernelPathsMasked: true,
    body,
    prepare,
    ...(live === undefined ? {} : { guard: "watched" as const }),
    ready: { kind: "started" },
  };
  const services = agent.services.map((name) => containerId(`service.${name}`));
  const dependsOn: readonly ResourceId[] = [
    imageId(reference),
    ...volumes,
    ...(reaching ? [forwarderId(path), GATEWAY] : []),
    ...trust.dependsOn,
    ...services,
    ...agent.services.flatMap((name) => generatedVolumes(context, name)),
  ];
  const volume = (each: ResourceId): ContainerObject =>
    resource({ id: each, kind: "volume", spec: { name: nameOf(context, each) }, dependsOn: [], origin: agent.origin });
  return [
    ...volumes.filter((each) => !each.startsWith("volume:volume.")).map(volume),
    ...(reaching
      ? forwarderObjects(context, {
          path,
          identity: identityOf(instance),
          serves: agent.ports.map((each) => each.port),
          aliases: portAliases(context, instance),
          origin: agent.origin,
        })
      : []),
    resource({ id, kind: "container", spec, dependsOn, origin: agent.origin }),
  ];
}

function numericUser(user: string): { uid?: number; gid?: number } {
  const [uid, gid] = user.split(":").map(Number);
  return uid === undefined || Number.isNaN(uid) ? {} : { uid, gid: gid ?? uid };
}

function workspaceOf(
  context: Context,
  instance: Instance,
): { readonly id: ResourceId; readonly target: string } | null {
  const { workspace } = instance.agent;
  if (workspace.mode !== "clone") return null;
  return {
    id: volumeId(`workspace.${instancePath(instance)}`),
    target: workspacePath(workspace.path, context.inputs.root),
  };
}

function guardOf(agent: Agent, { root, shadows, mountPoints, repositories }: LiveView): Preparation {
  return { kind: "guard", agent: agent.name, view: { root, shadows, mountPoints, repositories } };
}

function volumeMount(source: string, target: string, readOnly: boolean): MountBody {
  return { Type: "volume", Source: source, Target: target, ReadOnly: readOnly };
}

function generatedVolumes(context: Context, name: string): readonly ResourceId[] {
  const service = context.model.services.find((each) => each.name === name);
  return service?.environment.some((each) => each.value.kind === "generate") === true
    ? [volumeId(`generated.${name}`)]
    : [];
}

/** Variables with secret parts: by a file of their own, never by the container's environment. */
function secretEnvironment(context: Context, agent: Agent): readonly SecretEntry[] {
  const services = agent.services.flatMap((name): readonly Service[] =>
    context.model.services.filter((each) => each.name === name),
  );
  const own = agent.environment
    .filter((each) => each.value.kind === "host" || each.value.kind === "credential")
    .map((each) => ({ name: each.name, parts: [secretPart(context, each, false)] }));
  const named = new Set(agent.environment.map((each) => each.name));
  const wired = serviceWiring(context, services).filter((each) => !named.has(each.name));
  return [...wired, ...own].toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

function environmentOf(
  context: Context,
  instance: Instance,
  reaching: boolean,
  given: Readonly<Record<string, string>>,
): readonly string[] {
  const { agent } = instance;
  const fixed: Record<string, string> = {
    COOP: "1",
    COOP_AGENT: agent.name,
    COOP_PROJECT: context.model.project,
    COOP_REPLICA: instance.replica,
    HOME,
    ...(context.inputs.timeZone === "" ? {} : { TZ: context.inputs.timeZone }),
    ...taskEnvironment(context, instance),
    ...(reaching ? proxyEnvironment(agent) : {}),
    ...given,
    ...Object.fromEntries(
      agent.ports.map(({ port }) => [`COOP_URL_${port}`, `http://127.0.0.1:${hostPortOf(context, instance, port)}`]),
    ),
  };
  for (const { name, value } of agent.environment) if (value.kind === "literal") fixed[name] = value.text;
  return Object.entries(fixed)
    .map(([name, value]) => `${name}=${value}`)
    .toSorted();
}

// Whatever the agent runs finds its task by these; an agent CLI gets the text as its prompt as well.
function taskEnvironment({ inputs }: Context, { agent, task }: Instance): Readonly<Record<string, string>> {
  if (task === null) return {};
  const place = workspacePath(agent.workspace.path, inputs.root);
  return {
    COOP_TASK: task.text,
    ...(agent.workspace.mode === "none" ? {} : { COOP_TASK_FILE: `${place}/${task.path}` }),
  };
}

// For clients that know proxies: they get a readable refusal where the others get an unknown name (clients.md).
function proxyEnvironment(agent: Agent): Readonly<Record<string, string>> {
  const proxy = SANDBOX_ADDRESS;
  const direct = ["localhost", "127.0.0.1", "::1", ...agent.services].join(",");
  return {
    // Told live by the gateway, so that rules can change while a sandbox runs.
    COOP_POLICY_URL: `http://${OWN_ROUTE.name}/`,
    HTTPS_PROXY: proxy,
    HTTP_PROXY: proxy,
    NO_PROXY: direct,
    https_proxy: proxy,
    http_proxy: proxy,
    no_proxy: direct,
  };
}
