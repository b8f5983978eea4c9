import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { identityKey } from "../../src/gateway/identity.ts";
import { policyDigest } from "../../src/gateway/policy.ts";
import { lookUp, say } from "./support/clients.ts";
import { aFreePort, aPolicy, aRule, eventually } from "./support/world.ts";

function gatewayArguments(folder: string): readonly string[] {
  return [
    ...["--policy", join(folder, "policy"), "--run", join(folder, "run")],
    ...["--admin-socket", join(folder, "admin", "admin.sock")],
  ];
}

interface Running {
  readonly process: ChildProcess;
  readonly output: () => string;
  readonly ended: Promise<number | null>;
}

function run(main: "gateway-main" | "forwarder-main", args: readonly string[]): Running {
  const child = spawn(process.execPath, [`src/gateway/${main}.ts`, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  onTestFinished(async () => {
    child.kill("SIGKILL");
    await ended;
  });
  return { process: child, output: () => output, ended };
}

async function aFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "coop-processes-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  for (const each of ["policy", "run", "identity", "net"]) await mkdir(join(folder, each));
  await mkdir(join(folder, "admin"), { mode: 0o700 });
  return folder;
}

async function anIdentity(folder: string, master: Buffer, config: unknown): Promise<void> {
  await writeFile(join(folder, "identity", "identity"), "agent/coder/0\n");
  await writeFile(join(folder, "identity", "key"), identityKey(master, "agent/coder/0"));
  await writeFile(join(folder, "identity", "config.json"), JSON.stringify(config));
}

it("run as two processes: ready, judging, following the policy, ending in order", { timeout: 60_000 }, async () => {
  const folder = await aFolder();
  const master = randomBytes(32);
  const policy = aPolicy({ "agent/coder": { rules: [aRule({})] } });
  await writeFile(join(folder, "policy", "identity.key"), master);
  await writeFile(join(folder, "policy", "policy.json"), JSON.stringify(policy));
  await anIdentity(folder, master, { kind: "sandbox", serves: [] });
  const gateway = run("gateway-main", gatewayArguments(folder));
  await eventually(() => gateway.output().includes("gateway-ready"), 20_000);
  const [proxyPort, dnsPort] = [await aFreePort(), await aFreePort()];
  const where = [
    "--gateway",
    join(folder, "run", "gateway.sock"),
    "--proxy-port",
    String(proxyPort),
    "--dns-port",
    String(dnsPort),
  ];
  const forwarder = run("forwarder-main", ["--identity", join(folder, "identity"), "--any-interface", ...where]);
  await eventually(() => forwarder.output().includes("ready\n"), 20_000);
  expect((await lookUp(dnsPort, "api.test")).addresses).toHaveLength(1);
  const refused = await say(
    { host: "127.0.0.1", port: proxyPort },
    "CONNECT other.test:443 HTTP/1.1\r\nHost: other.test:443\r\n\r\n",
  );
  expect(refused.text).toContain('"code":"host-not-allowed"');
  const inForce = async (): Promise<Record<string, unknown>> =>
    JSON.parse(await readFile(join(folder, "run", "in-force.json"), "utf8")) as Record<string, unknown>;
  expect(await inForce()).toMatchObject({ digest: policyDigest(policy), state: "in-force" });
  const next = aPolicy({ "agent/coder": { open: true } });
  await writeFile(join(folder, "policy", "policy.json"), JSON.stringify(next));
  await eventually(async () => (await inForce())["digest"] === policyDigest(next));
  gateway.process.kill("SIGTERM");
  expect(await gateway.ended).toBe(0);
  expect(gateway.output()).toContain('"verdict":"deny"');
  forwarder.process.kill("SIGTERM");
  expect(await forwarder.ended).toBe(0);
});

it(
  "the forwarder goes with exit 70 when an interface besides lo comes up, not for one that is down",
  { timeout: 60_000 },
  async () => {
    const folder = await aFolder();
    await anIdentity(folder, randomBytes(32), { kind: "relay", serves: [] });
    const probe = (interfaces: string): Promise<string> =>
      new Promise((resolve) => {
        const code = `import { foreignInterfaces } from "./src/gateway/forwarder/interface-watch.ts"; console.log(JSON.stringify(foreignInterfaces(process.argv[1])))`;
        const child = spawn(process.execPath, ["--input-type=module", "-e", code, interfaces], {
          stdio: ["ignore", "pipe", "ignore"],
        });
        let output = "";
        child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
        child.once("close", () => resolve(output.trim()));
      });
    const net = join(folder, "net");
    for (const [name, flags] of [
      ["lo", "0x9"],
      ["tunl0", "0x80"],
      ["sit0", "0x80"],
    ] as const) {
      await mkdir(join(net, name));
      await writeFile(join(net, name, "flags"), `${flags}\n`);
    }
    const before = JSON.parse(await probe(net)) as readonly string[];
    expect(before).not.toContain("tunl0");
    await mkdir(join(net, "veth9"));
    await writeFile(join(net, "veth9", "flags"), "0x1003\n");
    expect(JSON.parse(await probe(net))).toContain("veth9");
    await anIdentity(folder, randomBytes(32), { kind: "sandbox", serves: [] });
    const forwarder = run("forwarder-main", ["--identity", join(folder, "identity"), "--interfaces", net]);
    expect(await forwarder.ended).toBe(70);
    expect(forwarder.output()).toContain("veth9");
    expect(forwarder.output()).not.toContain("ready");
  },
);

it.for([
  ["no key", async (folder: string) => rm(join(folder, "identity", "key"))],
  ["a short key", async (folder: string) => writeFile(join(folder, "identity", "key"), "short")],
  ["a config of another shape", async (folder: string) => writeFile(join(folder, "identity", "config.json"), "{}")],
] as const)("the forwarder says why it does not start with %s", { timeout: 60_000 }, async ([, spoil]) => {
  const folder = await aFolder();
  await anIdentity(folder, randomBytes(32), { kind: "sandbox", serves: [] });
  await spoil(folder);
  const forwarder = run("forwarder-main", ["--identity", join(folder, "identity"), "--any-interface"]);
  expect(await forwarder.ended).toBe(1);
  expect(forwarder.output()).not.toContain("    at ");
  expect(forwarder.output().split("\n")).toHaveLength(2);
});

it("the gateway says why it cannot start", { timeout: 60_000 }, async () => {
  const folder = await aFolder();
  const gateway = run("gateway-main", [...gatewayArguments(folder), "--run", join(folder, "absent")]);
  expect(await gateway.ended).toBe(1);
  expect(gateway.output()).toContain("gateway-failed");
  expect(existsSync(join(folder, "absent"))).toBe(false);
});
