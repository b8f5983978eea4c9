import type Dockerode from "dockerode";
import { hardenedHostConfig, scratch } from "../../../compilers/container/hardening.ts";
import { labelsOf } from "../../backend/labels.ts";
import type { HelperRequest } from "../../backend/operations.ts";
import { engineCall, isConflict } from "./engine-errors.ts";
import { removeLeftover } from "./own-object.ts";
import { withSeccompProfile } from "./seccomp-option.ts";

const MEBIBYTE = 1024 * 1024;

/** After this it ends by itself, should whoever opened it be gone. Seconds. */
const LONGEST_LIFE = "3600";

/** Starts a hardened container without a network that has a sandbox's workspace mounted; gives its id. */
export async function openHelper(docker: Dockerode, request: HelperRequest): Promise<string> {
  const path = `helper.${request.volume.split(".").slice(2).join(".")}`;
  const name = `coop.${request.project}.${path}`;
  const body = withSeccompProfile({
    name,
    Image: request.image,
    User: request.user,
    WorkingDir: "/tmp",
    Entrypoint: ["sleep", LONGEST_LIFE],
    Cmd: [],
    Env: ["HOME=/tmp"],
    Labels: labelsOf(request.project, `container:${path}`, "sha256:none"),
    HostConfig: hardenedHostConfig({
      networkMode: "none",
      resources: { cpus: 2, memoryBytes: 2048 * MEBIBYTE, pids: 256 },
      mounts: [{ Type: "volume", Source: request.volume, Target: request.target, ReadOnly: false }],
      tmpfs: { "/tmp": scratch({ sizeBytes: 256 * MEBIBYTE, mode: "1777" }) },
      dns: ["127.0.0.1"],
    }),
  } as unknown as Dockerode.ContainerCreateOptions); // dockerode's types ask for mutable lists; the shape is the engine API's own
  const helper = await engineCall("open a helper for the workspace", async () => {
    try {
      return await docker.createContainer(body);
    } catch (cause) {
      if (!isConflict(cause)) throw cause;
      await removeLeftover(docker, request.project, name);
      return docker.createContainer(body);
    }
  });
  await engineCall("start a helper for the workspace", () => helper.start());
  return helper.id;
}

/** Removes a helper; one that is gone already is as good. */
export async function closeHelper(docker: Dockerode, handle: string): Promise<void> {
  await docker
    .getContainer(handle)
    .remove({ force: true, v: true })
    .catch(() => undefined);
}
