import type Dockerode from "dockerode";
import { hardenedHostConfig, scratch } from "../../../compilers/container/hardening.ts";
import { connectPodman } from "../../../src/backends/docker/podman/connect-podman.ts";
import { capabilitiesOf } from "../../../src/backends/docker/capabilities.ts";
import { withSeccompProfile } from "../../../src/backends/docker/seccomp-option.ts";

/*
 * Runs as an ordinary user, who may read nothing of the checkout: makes a pair as coop makes it, without the limits that this
 * user's control groups may not have, and prints what is so inside and what the reports say.
 */
const image = process.argv[2] ?? "";
const engine = await connectPodman(process.env);
const { docker } = engine;

async function made(name: string, networkMode: string, command: readonly string[]): Promise<Dockerode.Container> {
  const {
    Memory: _memory,
    MemorySwap: _swap,
    NanoCpus: _cpus,
    PidsLimit: _pids,
    ...host
  } = hardenedHostConfig({
    networkMode,
    resources: { cpus: 1, memoryBytes: 1, pids: 1 },
    mounts: [],
    tmpfs: { "/home/agent": scratch({ sizeBytes: 1 << 20, mode: "0755", uid: 1000, gid: 1000 }) },
    ...(networkMode === "none" ? { dns: ["127.0.0.1"] } : {}),
  });
  const body = { name, Image: image, User: "1000:1000", Entrypoint: command, Cmd: [], Env: [], HostConfig: host };
  // dockerode's types ask for mutable lists; the shape is the engine API's own.
  const container = await docker.createContainer(
    withSeccompProfile(body as unknown as Dockerode.ContainerCreateOptions),
  );
  await container.start();
  return container;
}

const LOOK = `
ls /sys/class/net; cat /etc/resolv.conf
grep -E "^(CapBnd|CapEff|NoNewPrivs|Seccomp):" /proc/self/status
touch /x 2>/dev/null || echo read-only; touch /home/agent/x && echo scratch
cat /proc/self/uid_map`;

const holder = await made("rootless-forwarder", "none", ["sleep", "infinity"]);
const sandbox = await made("rootless-sandbox", `container:${holder.id}`, ["sh", "-c", LOOK]);
try {
  await sandbox.wait();
  const bytes: Buffer = await sandbox.logs({ stdout: true, stderr: true, follow: false });
  const { HostConfig } = await holder.inspect();
  // The holder goes first, and is out of sight; the sandbox then takes it along.
  await holder.remove({ force: true, v: true });
  const beside = (await docker.listContainers({ all: true })).map((each) => each.Names);
  await sandbox.remove({ force: true, v: true });
  const { memoryLimit, cpuLimit, pidsLimit, description } = capabilitiesOf(engine);
  const said = bytes.toString("latin1").replaceAll(/[\u0000-\u0009\u000b-\u001f]/g, " ");
  process.stdout.write(
    JSON.stringify({ said, HostConfig, beside, limits: { memoryLimit, cpuLimit, pidsLimit }, description }),
  );
} finally {
  await sandbox.remove({ force: true }).catch(() => undefined);
  await holder.remove({ force: true }).catch(() => undefined);
}
