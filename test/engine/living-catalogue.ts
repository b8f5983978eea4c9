import { setTimeout as sleep } from "node:timers/promises";
import { pack } from "tar-stream";
import { buffer } from "node:stream/consumers";
import { pause, recreate } from "../support/by-hand.ts";
import { engine, putArchive, runIn } from "../support/raw-engine.ts";
import type { Names } from "./drift-catalogue.ts";

/** What somebody does to things that are there, and what the plan must say of it. */
export interface LivingEntry {
  readonly name: string;
  /** The object that must be named, its reason, and the field; null where the reason says all. */
  readonly id: string;
  readonly reason: "drifted" | "missing" | "changed";
  readonly pointer: string | null;
  readonly drift: (names: Names) => Promise<unknown>;
}

/** Stands for any sandbox without a network. */
export const PLAIN = "container:sandbox.plain.0";
const FORWARDER = "container:forwarder.sandbox.web.0";
const GATEWAY = "container:gateway";
const POLICY = "policy:rules";

const post = (path: string, body?: unknown): Promise<unknown> => engine("POST", path, body);
const update = (name: string, body: object): Promise<unknown> => post(`/containers/${name}/update`, body);
const attach = async (name: string, network: string): Promise<void> => {
  await post("/networks/none/disconnect", { Container: name, Force: true });
  await post(`/networks/${network}/connect`, { Container: name });
};

export const LIVING: readonly LivingEntry[] = [
  drifted("its memory is raised", PLAIN, "/body/HostConfig/Memory", ({ plain }) =>
    update(plain, { Memory: 8 * 2 ** 30, MemorySwap: 8 * 2 ** 30 }),
  ),
  drifted("its swap has no bound", PLAIN, "/body/HostConfig/MemorySwap", ({ plain }) =>
    update(plain, { MemorySwap: -1 }),
  ),
  drifted("its processors are raised", PLAIN, "/body/HostConfig/NanoCpus", ({ plain }) =>
    update(plain, { NanoCpus: 1_500_000_000 }),
  ),
  drifted("its processes have no bound", PLAIN, "/body/HostConfig/PidsLimit", ({ plain }) =>
    update(plain, { PidsLimit: -1 }),
  ),
  drifted("the engine restarts it", PLAIN, "/body/HostConfig/RestartPolicy/Name", ({ plain }) =>
    update(plain, { RestartPolicy: { Name: "always" } }),
  ),
  drifted("it is renamed", PLAIN, "/name", ({ plain }) => post(`/containers/${plain}/rename?name=${plain}-x`)),
  drifted("it is killed", PLAIN, "/state", ({ plain }) => post(`/containers/${plain}/kill`)),
  drifted("it is stopped", PLAIN, "/state", ({ plain }) => post(`/containers/${plain}/stop`)),
  drifted("it is paused", PLAIN, "/state", ({ plain }) => pause(plain)),
  missing("it is removed", PLAIN, ({ plain }) => engine("DELETE", `/containers/${plain}?force=1`)),
  drifted("it leaves the network that is none", PLAIN, "/networks", ({ plain }) =>
    post("/networks/none/disconnect", { Container: plain, Force: true }),
  ),
  drifted("a network is attached to it", PLAIN, "/networks", ({ plain }) => attach(plain, "bridge")),
  drifted("the gateway's network is attached to it", PLAIN, "/networks", ({ plain, network }) =>
    attach(plain, network),
  ),
  drifted("a joined sandbox is killed", "container:sandbox.web.0", "/state", ({ web }) =>
    post(`/containers/${web}/kill`),
  ),
  drifted(
    "a joined sandbox has a network of its own",
    "container:sandbox.web.0",
    "/body/HostConfig/NetworkMode",
    ({ web }) => recreate(web, (body) => ({ ...body, HostConfig: { ...body.HostConfig, NetworkMode: "bridge" } })),
  ),
  // Before the others: one that has joined a sandbox cannot be given a network.
  drifted("a network is attached to the forwarder", FORWARDER, "^/(networks|state)$", async ({ forwarder }) => {
    await attach(forwarder, "bridge");
    // It sees the interface and ends; both are drift.
    await sleep(300);
  }),
  drifted("the forwarder is killed", FORWARDER, "/state", ({ forwarder }) => post(`/containers/${forwarder}/kill`)),
  drifted("the forwarder is paused", FORWARDER, "/state", ({ forwarder }) => pause(forwarder)),
  drifted("the forwarder is renamed", FORWARDER, "/name", ({ forwarder }) =>
    post(`/containers/${forwarder}/rename?name=${forwarder}-x`),
  ),
  missing("the forwarder is removed", FORWARDER, ({ forwarder }) =>
    engine("DELETE", `/containers/${forwarder}?force=1`),
  ),
  drifted("a second network is attached to the gateway", GATEWAY, "/networks", ({ gateway }) =>
    post("/networks/bridge/connect", { Container: gateway }),
  ),
  drifted("the gateway is killed", GATEWAY, "/state", ({ gateway }) => post(`/containers/${gateway}/kill`)),
  drifted("the gateway is paused", GATEWAY, "/state", ({ gateway }) => pause(gateway)),
  missing("the gateway is removed", GATEWAY, ({ gateway }) => engine("DELETE", `/containers/${gateway}?force=1`)),
  drifted(
    "the rules are wider than the file's",
    POLICY,
    "/policy/subjects/agent~1web/open",
    ({ policyVolume, otherImage }) =>
      inVolume(policyVolume, otherImage, async (helper) => {
        const policy: { subjects: Record<string, { open: boolean }> } = JSON.parse(await textOf(helper, "policy.json"));
        for (const subject of Object.values(policy.subjects)) subject.open = true;
        await put(helper, "policy.json", JSON.stringify(policy));
      }),
  ),
  drifted("the rules are no rules", POLICY, "/policy", ({ policyVolume, otherImage }) =>
    inVolume(policyVolume, otherImage, (helper) => put(helper, "policy.json", "{")),
  ),
  missing("the gateway's network is removed", "network:gateway", async ({ gateway, network }) => {
    await post(`/networks/${network}/disconnect`, { Container: gateway, Force: true });
    await engine("DELETE", `/networks/${network}`);
  }),
  drifted(
    "the gateway's network is another under the same name and labels",
    "network:gateway",
    "/body/Internal",
    async ({ gateway, network }) => {
      const { Labels } = await engine("GET", `/networks/${network}`);
      await post(`/networks/${network}/disconnect`, { Container: gateway, Force: true });
      await engine("DELETE", `/networks/${network}`);
      await post("/networks/create", {
        Name: network,
        Driver: "bridge",
        Internal: true,
        Labels,
        Options: { "com.docker.network.bridge.enable_icc": "true" },
      });
      await post(`/networks/${network}/connect`, { Container: gateway });
    },
  ),
  {
    name: "the digest on it is another",
    id: PLAIN,
    reason: "changed",
    pointer: null,
    drift: ({ plain }) => recreate(plain, relabelled({ "coop.dev/digest": "sha256:0" })),
  },
  {
    name: "there is no digest on it",
    id: PLAIN,
    reason: "changed",
    pointer: null,
    drift: ({ plain }) => recreate(plain, relabelled({ "coop.dev/digest": undefined })),
  },
];

function drifted(name: string, id: string, pointer: string, drift: LivingEntry["drift"]): LivingEntry {
  return { name, id, reason: "drifted", pointer, drift };
}

function missing(name: string, id: string, drift: LivingEntry["drift"]): LivingEntry {
  return { name, id, reason: "missing", pointer: null, drift };
}

function relabelled(labels: Readonly<Record<string, string | undefined>>): Parameters<typeof recreate>[1] {
  return (body) => {
    const merged = Object.entries({ ...(body.Config["Labels"] as object), ...labels }).filter(
      ([, value]) => value !== undefined,
    );
    return { ...body, Config: { ...body.Config, Labels: Object.fromEntries(merged) } };
  };
}

/** Opens a volume for writing, as anybody with rights on the engine can. */
async function inVolume(volume: string, image: string, work: (helper: string) => Promise<void>): Promise<void> {
  const { Id } = await engine("POST", "/containers/create", {
    Image: image,
    Entrypoint: ["sleep", "99"],
    HostConfig: { Binds: [`${volume}:/v`] },
  });
  try {
    await post(`/containers/${Id}/start`);
    await work(Id);
  } finally {
    await engine("DELETE", `/containers/${Id}?force=1`);
  }
}

async function textOf(helper: string, file: string): Promise<string> {
  return runIn(helper, ["cat", `/v/${file}`], "0:0");
}

async function put(helper: string, file: string, text: string): Promise<void> {
  const archive = pack();
  archive.entry({ name: file, mode: 0o444 }, text);
  archive.finalize();
  await putArchive(helper, "/v", await buffer(archive));
}
