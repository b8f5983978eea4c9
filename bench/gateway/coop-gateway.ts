import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { FORWARDER_COMMAND, GATEWAY_COMMAND } from "../../compilers/container/plumbing.ts";
import { encodeOpening } from "../../src/gateway/frames.ts";
import { identityKey } from "../../src/gateway/identity.ts";
import type { Policy, PolicyRule } from "../../src/gateway/policy.ts";
import type { Provisions } from "../../src/gateway/provisions.ts";
import type { Certificates } from "./certificates.ts";
import { Child } from "./child.ts";
import type { Way } from "./load/way.ts";
import { DOMAIN, PLACEHOLDER, SECRET } from "./names.ts";
import type { Setting } from "./proxy.ts";

/** coop's gateway and its forwarders, as they run in their containers, with loopback in the place of the namespaces. */
export interface CoopGateway {
  /** Client → forwarder → unix socket → gateway → upstream. */
  readonly intercept: Way;
  /** A sandbox each: how many connections one may have is limited. */
  readonly tunnels: readonly Way[];
  /** Without the forwarder: client → unix socket → gateway → upstream. */
  readonly interceptAlone: Way;
  readonly tunnelAlone: Way;
  readonly gatewayPid: number;
  readonly forwarderPids: readonly number[];
  readonly end: () => Promise<void>;
}

const READER = "agent/reads/0";
const TUNNELS = ["agent/tunnels/0", "agent/tunnels/1"] as const;

/** `plumbing`: the folder of gateway.mjs and forwarder.mjs. */
export async function startCoop(plumbing: string, setting: Setting, known: Certificates): Promise<CoopGateway> {
  const { folder } = setting;
  for (const each of ["policy", "run"]) mkdirSync(join(folder, each));
  mkdirSync(join(folder, "admin"), { mode: 0o700 });
  const master = randomBytes(32);
  writeFileSync(join(folder, "policy", "identity.key"), master);
  writeFileSync(join(folder, "policy", "policy.json"), JSON.stringify(policyFor(setting, known)));
  const admin = ["--admin-socket", join(folder, "admin", "admin.sock")];
  const command = commandIn(plumbing, GATEWAY_COMMAND);
  const places = ["--policy", join(folder, "policy"), "--run", join(folder, "run")];
  const log = join(folder, "decisions.log");
  const gateway = new Child(process.execPath, [...profiling("gateway"), ...command, ...places, ...admin], log);
  const forwarders: Child[] = [];
  const end = async (): Promise<void> => {
    await Promise.all([...forwarders, gateway].map((each) => each.end()));
  };
  try {
    await untilSaid(log, "gateway-ready");
    provide([...command, "--admin", ...admin], {
      version: 1,
      digest: "bench",
      credentials: { key: { kind: "text", text: SECRET } },
      authority: known.intermediate,
    });
    const ways: Way[] = [];
    for (const identity of [READER, ...TUNNELS]) {
      const { child, port } = await startForwarder(plumbing, folder, identity, master);
      forwarders.push(child);
      ways.push(wayOf(`coop ${identity}`, setting, known, { host: "127.0.0.1", port }, identity === READER));
    }
    const [intercept, ...tunnels] = ways;
    if (intercept === undefined) throw new Error("no forwarder was started");
    const alone = (identity: string): Way => ({
      ...wayOf(`gateway alone ${identity}`, setting, known, { path: socketOf(folder) }, identity === READER),
      opening: encodeOpening({ identity, key: identityKey(master, identity), purpose: { kind: "proxy" } }).toString(
        "base64",
      ),
    });
    return {
      intercept,
      tunnels,
      interceptAlone: alone(READER),
      tunnelAlone: alone(TUNNELS[0]),
      gatewayPid: gateway.pid,
      forwarderPids: forwarders.map((each) => each.pid),
      end,
    };
  } catch (error) {
    await end();
    throw error;
  }
}

function policyFor({ address, port, dnsPort }: Setting, known: Certificates): Policy {
  const rule = (tls: PolicyRule["tls"]): PolicyRule => ({
    name: `bench-${tls}`,
    host: { kind: "one-label", suffix: DOMAIN },
    ports: [port],
    protocol: "https",
    tls,
    methods: [],
    paths: [],
    query: [],
    credential: tls === "intercept" ? "key" : null,
    addresses: [`${address}/32`],
    override: "never",
  });
  return {
    version: 1,
    project: "bench",
    resolvers: [`127.0.0.1:${dnsPort}`],
    trust: known.upstream.root,
    hostAddresses: [],
    credentials: {
      key: {
        places: [
          {
            hosts: [{ kind: "one-label", suffix: DOMAIN }],
            paths: [],
            into: { kind: "header", header: "authorization", prefix: "Bearer " },
            carriers: ["authorization", "x-api-key"],
            queryCarriers: [],
            merge: [],
          },
        ],
        placeholder: PLACEHOLDER,
        refreshEncoding: "json",
      },
    },
    subjects: {
      "agent/reads": { open: false, rules: [rule("intercept")], routes: [] },
      "agent/tunnels": { open: false, rules: [rule("tunnel")], routes: [] },
    },
  };
}

async function startForwarder(
  plumbing: string,
  folder: string,
  identity: string,
  master: Buffer,
): Promise<{ readonly child: Child; readonly port: number }> {
  const own = join(folder, identity.replaceAll("/", "."));
  mkdirSync(own);
  writeFileSync(join(own, "identity"), `${identity}\n`);
  writeFileSync(join(own, "key"), identityKey(master, identity));
  writeFileSync(join(own, "config.json"), JSON.stringify({ kind: "sandbox", serves: [] }));
  const [port, dnsPort] = [await freePort(), await freePort()];
  const where = ["--gateway", socketOf(folder), "--proxy-port", String(port), "--dns-port", String(dnsPort)];
  const child = new Child(process.execPath, [
    ...profiling("forwarder"),
    ...commandIn(plumbing, FORWARDER_COMMAND),
    "--identity",
    own,
    "--any-interface",
    ...where,
  ]);
  await child.hear(20_000);
  return { child, port };
}

function wayOf(name: string, setting: Setting, known: Certificates, dial: Way["dial"], reads: boolean): Way {
  return {
    name,
    dial,
    opening: "",
    connects: true,
    port: setting.port,
    authorization: `Bearer ${reads ? PLACEHOLDER : SECRET}`,
    trust: reads ? known.root : known.upstream.root,
  };
}

/** As the container's entry point says it: flags of Node's, and the program. */
function commandIn(plumbing: string, command: readonly string[]): readonly string[] {
  return [...command.slice(0, -1), join(plumbing, command.at(-1) ?? "")];
}

/** For whoever wants to know where the time goes: COOP_BENCH_PROFILE names a folder that gets the processes' profiles. */
function profiling(name: string): readonly string[] {
  const folder = process.env["COOP_BENCH_PROFILE"];
  return folder === undefined ? [] : ["--cpu-prof", `--cpu-prof-dir=${join(folder, name)}`];
}

function provide(args: readonly string[], provisions: Provisions): void {
  const { status, stdout } = spawnSync(process.execPath, args, {
    input: `${JSON.stringify(provisions)}\n`,
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`the gateway does not take its provisions: ${stdout}`);
}

function socketOf(folder: string): string {
  return join(folder, "run", "gateway.sock");
}

async function untilSaid(file: string, word: string): Promise<void> {
  const deadline = performance.now() + 20_000;
  while (!readFileSync(file, "utf8").includes(word)) {
    if (performance.now() > deadline) throw new Error(`the gateway does not start: ${readFileSync(file, "utf8")}`);
    await sleep(20);
  }
}

/** A loopback port on which nothing listens at the moment. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (typeof address !== "object" || address === null) throw new Error("no port is free");
  return address.port;
}
