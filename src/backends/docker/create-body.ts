import type Dockerode from "dockerode";
import type { ContainerSpec } from "../../../compilers/container/resources.ts";

/** The body of the engine's container-create call. Pure; what `coop compile` prints is made of the same. */
export function createBody(
  spec: ContainerSpec,
  labels: Readonly<Record<string, string>>,
): Dockerode.ContainerCreateOptions {
  const { body } = spec;
  const network = spec.networks[0];
  const given = {
    Image: spec.image,
    User: body.User,
    ...(body.WorkingDir === "" ? {} : { WorkingDir: body.WorkingDir }),
    ...(body.Entrypoint === null ? {} : { Entrypoint: body.Entrypoint }),
    ...(body.Cmd === null ? {} : { Cmd: body.Cmd }),
    ...(body.Healthcheck === null ? {} : { Healthcheck: body.Healthcheck }),
    Env: body.Env,
    // The engine publishes only what is also declared as exposed.
    ExposedPorts: Object.fromEntries(Object.keys(body.HostConfig.PortBindings).map((port) => [port, {}])),
    StopTimeout: body.StopTimeout,
    Labels: labels,
    HostConfig: body.HostConfig,
    ...(network === undefined || network === "none"
      ? {}
      : { NetworkingConfig: { EndpointsConfig: { [network]: {} } } }),
  };
  // dockerode's types ask for mutable lists and lack newer fields; the shape is the engine API's own.
  return { name: spec.name, ...given } as unknown as Dockerode.ContainerCreateOptions;
}
