import type { CreateBody } from "../support/by-hand.ts";

/** What the drifted project looks like: names by what they are for. */
export interface Names {
  /** No network at all, one volume. */
  readonly plain: string;
  /** On an image by a tag of its own. */
  readonly tagged: string;
  /** Joined to a forwarder. */
  readonly web: string;
  readonly forwarder: string;
  readonly gateway: string;
  readonly network: string;
  readonly cache: string;
  readonly policyVolume: string;
  /** An image that is there, other than the one that the sandboxes run. */
  readonly otherImage: string;
}

/** One field of a container that is made anew by hand with only that field changed. */
export interface RecreateEntry {
  readonly name: string;
  readonly pointer: string;
  readonly change: (body: CreateBody, names: Names) => CreateBody;
}

type Record_ = Readonly<Record<string, unknown>>;

const host =
  (fields: Record_) =>
  (body: CreateBody): CreateBody => ({ ...body, HostConfig: { ...body.HostConfig, ...fields } });
const config =
  (fields: Record_) =>
  (body: CreateBody): CreateBody => ({ ...body, Config: { ...body.Config, ...fields } });
const HC = "/body/HostConfig";

/** Every immutable field of a container that coop sets, loosened or otherwise changed by somebody. */
export const RECREATED: readonly RecreateEntry[] = [
  { name: "capabilities are not dropped", pointer: `${HC}/CapDrop`, change: host({ CapDrop: [] }) },
  { name: "a capability is added", pointer: `${HC}/CapAdd`, change: host({ CapAdd: ["NET_RAW"] }) },
  { name: "privileges may be gained", pointer: `${HC}/SecurityOpt`, change: host({ SecurityOpt: [] }) },
  {
    name: "seccomp is off",
    pointer: `${HC}/SecurityOpt`,
    change: host({ SecurityOpt: ["no-new-privileges", "seccomp=unconfined"] }),
  },
  { name: "it is privileged", pointer: `${HC}/Privileged`, change: host({ Privileged: true, SecurityOpt: null }) },
  { name: "the user is root", pointer: "/body/User", change: config({ User: "0:0" }) },
  { name: "the root is writable", pointer: `${HC}/ReadonlyRootfs`, change: host({ ReadonlyRootfs: false }) },
  { name: "there is no init", pointer: `${HC}/Init`, change: host({ Init: false }) },
  { name: "processes of the host are seen", pointer: `${HC}/PidMode`, change: host({ PidMode: "host" }) },
  { name: "memory of the host is shared", pointer: `${HC}/IpcMode`, change: host({ IpcMode: "host" }) },
  { name: "its memory can be joined", pointer: `${HC}/IpcMode`, change: host({ IpcMode: "shareable" }) },
  { name: "the name of the host is its own", pointer: `${HC}/UTSMode`, change: host({ UTSMode: "host" }) },
  { name: "user ids are the host's by force", pointer: `${HC}/UsernsMode`, change: host({ UsernsMode: "host" }) },
  {
    name: "control groups of the host are seen",
    pointer: `${HC}/CgroupnsMode`,
    change: host({ CgroupnsMode: "host" }),
  },
  {
    name: "it counts in another group",
    pointer: `${HC}/CgroupParent`,
    change: host({ CgroupParent: "/coop-elsewhere" }),
  },
  { name: "the network is the host's", pointer: "/networks", change: host({ NetworkMode: "host" }) },
  { name: "the network is the default bridge", pointer: `${HC}/NetworkMode`, change: host({ NetworkMode: "bridge" }) },
  {
    name: "a device is passed through",
    pointer: `${HC}/Devices`,
    change: host({ Devices: [{ PathOnHost: "/dev/zero", PathInContainer: "/dev/extra", CgroupPermissions: "rwm" }] }),
  },
  {
    name: "all devices are allowed",
    pointer: `${HC}/DeviceCgroupRules`,
    change: host({ DeviceCgroupRules: ["c *:* rwm"] }),
  },
  { name: "a group is added", pointer: `${HC}/GroupAdd`, change: host({ GroupAdd: ["0"] }) },
  { name: "a host name is planted", pointer: `${HC}/ExtraHosts`, change: host({ ExtraHosts: ["api.test:192.0.2.7"] }) },
  { name: "another resolver is asked", pointer: `${HC}/Dns`, change: host({ Dns: ["192.0.2.53"] }) },
  {
    name: "a kernel setting is changed",
    pointer: `${HC}/Sysctls/net.ipv4.ip_unprivileged_port_start`,
    change: host({ Sysctls: { "net.ipv4.ip_unprivileged_port_start": "0" } }),
  },
  {
    name: "a limit of its own is set",
    pointer: `${HC}/Ulimits`,
    change: host({ Ulimits: [{ Name: "nofile", Soft: 64, Hard: 64 }] }),
  },
  {
    name: "a port is bound on every address",
    pointer: `${HC}/PortBindings/8080~1tcp`,
    change: host({ PortBindings: { "8080/tcp": [{ HostIp: "0.0.0.0", HostPort: "0" }] } }),
  },
  {
    name: "a folder of the host is mounted",
    pointer: `${HC}/Mounts`,
    change: host({ Binds: ["/usr/share:/host:ro"] }),
  },
  {
    name: "the engine's socket is mounted",
    pointer: `${HC}/Mounts`,
    change: host({ Binds: ["/var/run/docker.sock:/var/run/docker.sock"] }),
  },
  { name: "its volume is not mounted", pointer: `${HC}/Mounts`, change: host({ Mounts: [] }) },
  {
    name: "its volume is read-only",
    pointer: `${HC}/Mounts`,
    change: (body) =>
      host({ Mounts: body.HostConfig["Mounts"].map((each: object) => ({ ...each, ReadOnly: true })) })(body),
  },
  {
    name: "its volume is another",
    pointer: `${HC}/Mounts`,
    change: (body, names) =>
      host({ Mounts: body.HostConfig["Mounts"].map((each: object) => ({ ...each, Source: names.policyVolume })) })(
        body,
      ),
  },
  {
    name: "the engine starts it again and again",
    pointer: "/body/Entrypoint",
    change: ({ Config, HostConfig }) => ({
      Config: { ...Config, Entrypoint: ["false"] },
      HostConfig: { ...HostConfig, RestartPolicy: { Name: "always" } },
    }),
  },
  {
    name: "volumes of another are mounted",
    pointer: `${HC}/VolumesFrom`,
    change: (body, names) => host({ VolumesFrom: [names.gateway] })(body),
  },
  { name: "its scratch space is gone", pointer: `${HC}/Tmpfs/~1home~1agent`, change: withTmpfs("/home/agent", null) },
  { name: "its scratch space has no bound", pointer: `${HC}/Tmpfs/~1tmp`, change: withTmpfs("/tmp", "rw") },
  { name: "another scratch space is there", pointer: `${HC}/Tmpfs/~1srv`, change: withTmpfs("/srv", "rw,exec") },
  {
    name: "a variable is added",
    pointer: "/body/Env",
    change: (body) => config({ Env: [...body.Config["Env"], "LD_PRELOAD=/tmp/evil.so"] })(body),
  },
  {
    name: "a variable is changed",
    pointer: "/body/Env",
    change: (body) =>
      config({ Env: body.Config["Env"].map((each: string) => each.replace(/^COOP=1$/, "COOP=0")) })(body),
  },
  {
    name: "a variable of the image is changed",
    pointer: "/body/Env",
    change: (body) =>
      config({ Env: body.Config["Env"].map((each: string) => each.replace(/^PATH=/, "PATH=/tmp:")) })(body),
  },
  { name: "it runs something else", pointer: "/body/Entrypoint", change: config({ Entrypoint: ["sleep", "99999"] }) },
  { name: "an argument is added", pointer: "/body/Cmd", change: config({ Cmd: ["99999"] }) },
  { name: "it starts in another folder", pointer: "/body/WorkingDir", change: config({ WorkingDir: "/tmp" }) },
  {
    name: "a health check runs in it",
    pointer: "/body/Healthcheck/Test",
    change: config({ Healthcheck: { Test: ["CMD-SHELL", "true"], Interval: 1_000_000_000 } }),
  },
  { name: "it may take its time to stop", pointer: "/body/StopTimeout", change: config({ StopTimeout: 600 }) },
  {
    name: "the image is another",
    pointer: "/image",
    change: (body, names) => config({ Image: names.otherImage })(body),
  },
  {
    name: "its log has no bound",
    pointer: `${HC}/LogConfig/Config/max-size`,
    change: host({ LogConfig: { Type: "json-file", Config: {} } }),
  },
  { name: "another runtime runs it", pointer: `${HC}/Runtime`, change: host({ Runtime: "io.containerd.runc.v2" }) },
  { name: "kernel paths are not hidden", pointer: "/kernelPathsMasked", change: host({ MaskedPaths: [] }) },
  { name: "kernel paths are writable", pointer: "/kernelPathsMasked", change: host({ ReadonlyPaths: [] }) },
  {
    name: "nothing of the hardening is left under the same name and labels",
    pointer: `${HC}/CapDrop`,
    change: ({ Config }, names) => ({
      Config: { Image: names.otherImage, Labels: Config["Labels"], Entrypoint: ["sleep", "99999"] },
      HostConfig: {},
    }),
  },
];

function withTmpfs(path: string, options: string | null): RecreateEntry["change"] {
  return (body) => {
    const { [path]: _gone, ...others } = body.HostConfig["Tmpfs"] as Record<string, string>;
    return host({ Tmpfs: options === null ? others : { ...others, [path]: options } })(body);
  };
}
