import { randomInt } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { beforeAll, describe, expect, it } from "vitest";
import { engine } from "../support/raw-engine.ts";
import { eventually } from "./support/command.ts";
import { anOrdinaryContainer, inside, inspect, program, shell } from "./support/containers.ts";
import { hostListeners } from "./support/listeners.ts";
import type { HostListeners } from "./support/listeners.ts";
import { probe, probeBeside } from "./support/probes.ts";
import type { Probe } from "./support/probes.ts";
import { aProject } from "./support/project.ts";
import type { Project } from "./support/project.ts";
import { fileScope } from "./support/scope.ts";
import { aWorld, ECHO_PORT } from "./support/world.ts";
import type { Seen, World } from "./support/world.ts";

// Addresses of others, which in these tests are the stand-in's: routed to it in the namespaces of these tests alone.
const PUBLIC = "1.1.1.1";
const METADATA = "169.254.169.254";
const PRIVATE = "10.77.0.1";
const PRIVATE_RANGES = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"];

const scope = fileScope();
let world: World;
let project: Project;
let host: HostListeners;
/** Where this machine itself listens, on every address. */
let hostPort: number;

beforeAll(async () => {
  host = await hostListeners(scope);
  hostPort = host.everywhere;
  world = await aWorld(scope, ["api.allowed.test", "web.allowed.test", "spare.allowed.test"]);
  await world.standIn([PUBLIC, METADATA, PRIVATE]);
  const addresses = [world.range];
  const bytes = { ports: [443, ECHO_PORT, hostPort], protocol: "tcp" };
  project = await aProject(scope, {
    agents: {
      coder: { egress: ["api", "web", "raw", "rebind", "intranet"], resources: { memory: "1GiB" } },
      wide: { egress: "open", resources: { memory: "256MiB" } },
      local: { hostPorts: [host.loopback], resources: { memory: "256MiB" } },
    },
    egress: {
      resolvers: [world.resolver],
      rules: [
        { name: "api", host: "api.allowed.test", tls: "tunnel", addresses },
        { name: "web", host: "web.allowed.test", ports: [80], addresses },
        { name: "raw", host: "raw.allowed.test", ports: [ECHO_PORT], protocol: "tcp", addresses },
        { name: "rebind", host: "*.rebind.test", ...bytes },
        { name: "intranet", host: "*.intranet.test", ...bytes, addresses: PRIVATE_RANGES },
        { name: "spare", host: "spare.allowed.test", tls: "tunnel", addresses },
      ],
    },
  });
  await project.apply();
  await world.join(project, [PUBLIC, METADATA, PRIVATE]);
  const names = ["api", "web", "raw", "spare", "other"].map((each) => [`${each}.allowed.test`, [world.server]]);
  await world.answers(Object.fromEntries(names));
});

const sandbox = (): string => project.named("sandbox.coder.0");
const seen = async (kind: Seen["kind"]): Promise<readonly Seen[]> =>
  (await world.seen()).filter((each) => each.kind === kind);

describe("an allowed host", () => {
  it("answers curl, by the proxy that the environment names and without any", async () => {
    const asks = [
      "https://api.allowed.test/a",
      "--noproxy '*' https://api.allowed.test/b",
      "http://web.allowed.test/c",
      "--noproxy '*' http://web.allowed.test/d",
    ];
    const said = await shell(sandbox(), asks.map((ask) => `curl -sk -m 20 -w '%{http_code}\\n' ${ask}`).join("; "));
    expect(said).toBe("stand-in /a\n200\nstand-in /b\n200\nstand-in /c\n200\nstand-in /d\n200\n");
  });

  it("answers Node's fetch and Python, which know no proxy", async () => {
    const fetching = `process.env.NODE_TLS_REJECT_UNAUTHORIZED = "0"; console.log(await (await fetch("https://api.allowed.test/e")).text())`;
    const fetched = await inside(sandbox(), [
      "env",
      "-i",
      "PATH=/usr/local/bin",
      "node",
      "--no-warnings",
      "--input-type=module",
      "-e",
      fetching,
    ]);
    expect(fetched.out).toBe("stand-in /e\n\n");
    const probes: readonly Probe[] = [
      ["tls", "api.allowed.test", "api.allowed.test", "/f"],
      ["dial", "raw.allowed.test", ECHO_PORT, "bytes"],
      ["proxied", `raw.allowed.test:${ECHO_PORT}`, "more bytes"],
    ];
    expect(await probe(sandbox(), probes)).toEqual([
      "reached HTTP/1.1 200 OK",
      "reached saw bytes",
      "reached saw more bytes",
    ]);
  });
});

describe("what no rule allows", () => {
  it("is an unknown name at once, and nobody outside hears of it", async () => {
    const began = Date.now();
    const probes: readonly Probe[] = [
      ["query", "127.0.0.1", "other.allowed.test", 1, "udp"],
      ["query", "127.0.0.1", "spare.allowed.test", 28, "tcp"],
      ["dial", "other.allowed.test", 443, "word"],
      ["proxied", "other.allowed.test:443", "word"],
      ["proxied-get", "http://other.allowed.test/", "other.allowed.test"],
      ["proxied", "api.allowed.test:22", "word"],
    ];
    const said = await probe(sandbox(), probes);
    expect(said.slice(0, 3)).toEqual([
      "no NXDOMAIN",
      "no NXDOMAIN",
      expect.stringMatching(/^no .*Name or service not known/),
    ]);
    for (const line of said.slice(3)) expect(line.trim()).toBe("no HTTP/1.1 403 Forbidden");
    expect(Date.now() - began).toBeLessThan(15_000);
    const asked = new Set((await seen("query")).map((each) => each.name));
    expect(asked).toContain("api.allowed.test");
    expect([...asked].filter((name) => /other|spare/.test(name ?? ""))).toEqual([]);
  });

  it("is not reached under the name of an allowed host: another server name", async () => {
    const probes = ["spare.allowed.test", "evil.test", ""].map((name): Probe => [
      "tls",
      "api.allowed.test",
      name,
      "/fronted",
    ]);
    for (const line of await probe(sandbox(), probes)) expect(line).toMatch(/^no /);
    expect((await probeBeside(project.named("gateway"), [["tls", world.server, "evil.test", "/control"]]))[0]).toMatch(
      /^reached/,
    );
    const names = (await seen("sni")).map((each) => each.name);
    expect(names.filter((name) => name === "evil.test")).toHaveLength(1);
    expect(names).not.toContain("spare.allowed.test");
    expect((await seen("request")).map((each) => each.path)).not.toContain("/fronted");
  });

  it("is not reached under the name of an allowed host: another Host", async () => {
    const heads = [
      "GET /smuggled HTTP/1.1\r\nHost: evil.test\r\n\r\n",
      "GET /smuggled HTTP/1.1\r\nHost: web.allowed.test\r\nHost: evil.test\r\n\r\n",
      "GET http://evil.test/smuggled HTTP/1.1\r\nHost: web.allowed.test\r\n\r\n",
      "GET //evil.test/smuggled HTTP/1.1\r\nHost: web.allowed.test\r\n\r\n",
      "CONNECT evil.test:443 HTTP/1.1\r\nHost: evil.test:443\r\n\r\n",
    ];
    const direct = heads.map((head): Probe => ["bare", "web.allowed.test", 80, head, "200 OK"]);
    const byProxy = heads.map((head): Probe => [
      "bare",
      "127.0.0.1",
      3128,
      head.replace("GET /smuggled", "GET http://web.allowed.test/smuggled"),
      "200 OK",
    ]);
    for (const [index, line] of (await probe(sandbox(), [...direct, ...byProxy])).entries())
      expect(line, `head ${index}`).toMatch(/^no /);
    const control = await probeBeside(
      project.named("gateway"),
      heads.slice(0, 1).map((head): Probe => ["bare", world.server, 80, head.replace("smuggled", "control"), "200 OK"]),
    );
    expect(control).toEqual(["reached 200 OK"]);
    const paths = (await seen("request")).map((each) => each.path ?? "");
    expect(paths).toContain("/control");
    expect(paths.filter((path) => path.includes("smuggled"))).toEqual([]);
  });

  it("is not reached by an address, however it is spelled", async () => {
    const [a = 0, b = 0, c = 0, d = 0] = world.server.split(".").map(Number);
    const whole = ((a * 256 + b) * 256 + c) * 256 + d;
    const spellings = [
      world.server,
      String(whole),
      `0x${whole.toString(16)}`,
      `${a}.${b}.${c * 256 + d}`,
      `0${a.toString(8)}.${b}.${c}.${d}`,
      `[::ffff:${world.server}]`,
    ];
    const probes = spellings.flatMap((host): readonly Probe[] => [
      ["proxied", `${host}:${ECHO_PORT}`, "literal"],
      ["proxied-get", `http://${host}/literal`, host],
      ["dial", host.replace(/^\[(.*)\]$/, "$1"), ECHO_PORT, "literal"],
    ]);
    for (const [index, line] of (await probe(sandbox(), probes)).entries())
      expect(line, JSON.stringify(probes[index])).toMatch(/^no /);
    expect(await probeBeside(project.named("gateway"), [["tcp", world.server, ECHO_PORT, "control"]])).toEqual([
      "reached saw control",
    ]);
    expect((await seen("tcp")).map((each) => each.text?.trim())).not.toContain("literal");
    expect((await seen("request")).map((each) => each.path)).not.toContain("/literal");
  });
});

describe("an allowed name that leads where it should not", () => {
  it("is reached at a public address and refused at every other, although the gateway's own network leads there", async () => {
    const gateway = project.named("gateway");
    const { own, bridge } = await addressesOf(gateway);
    await listenBeside(gateway);
    const forbidden = [METADATA, PRIVATE, world.server, "127.0.0.1", own, "::ffff:127.0.0.1", "0.0.0.0"];
    const control = await probeBeside(
      gateway,
      [PUBLIC, ...forbidden].map((address): Probe => ["tcp", address, ECHO_PORT, "control"]),
    );
    expect(control).toEqual(control.map(() => "reached saw control"));
    const onHost: Probe = ["tcp", bridge, hostPort, "control"];
    expect(await probeBeside(gateway, [onHost])).toEqual(["reached host saw control"]);

    const names = Object.fromEntries(
      [...forbidden, bridge].map((address, index) => [`n${index}.rebind.test`, [address]]),
    );
    const mixed = { "both.rebind.test": [PUBLIC, METADATA] };
    await world.answers({ ...names, ...mixed, "good.rebind.test": [PUBLIC] });
    expect(await probe(sandbox(), [["dial", "good.rebind.test", ECHO_PORT, "public"]])).toEqual(["reached saw public"]);
    const attacks = [...Object.keys(names), ...Object.keys(mixed)].flatMap((name): readonly Probe[] => [
      ["dial", name, ECHO_PORT, "attack"],
      ["proxied", `${name}:${ECHO_PORT}`, "attack"],
      ["dial", name, hostPort, "attack"],
    ]);
    const said = await probe(sandbox(), attacks);
    expect(
      said.filter((line) => !line.startsWith("no ")),
      JSON.stringify(attacks),
    ).toEqual([]);
    expect((await seen("tcp")).filter((each) => each.text?.trim() === "attack")).toEqual([]);
  });

  it("is refused from the moment that its answer turns", async () => {
    await world.answers({ "turning.rebind.test": [PUBLIC] });
    const dial: Probe = ["dial", "turning.rebind.test", ECHO_PORT, "turn"];
    expect(await probe(sandbox(), [dial])).toEqual(["reached saw turn"]);
    await world.answers({ "turning.rebind.test": [METADATA] });
    await sleep(1200);
    expect((await probe(sandbox(), [dial]))[0]).toMatch(/^no /);
  });

  it("does not lead to this machine itself where a rule opens wide private ranges", async () => {
    const gateway = project.named("gateway");
    const { own, bridge } = await addressesOf(gateway);
    const docker0 = (await addressesOf(await anOrdinaryContainer(scope, { network: "bridge" }))).bridge;
    const targets = [bridge, docker0];
    expect(
      await probeBeside(
        gateway,
        targets.map((address): Probe => ["tcp", address, hostPort, "control"]),
      ),
    ).toEqual(targets.map(() => "reached host saw control"));
    await world.answers({
      "ok.intranet.test": [PRIVATE],
      "own.intranet.test": [own],
      "b.intranet.test": [bridge],
      "d.intranet.test": [docker0],
    });
    expect(await probe(sandbox(), [["dial", "ok.intranet.test", ECHO_PORT, "intranet"]])).toEqual([
      "reached saw intranet",
    ]);
    const said = await probe(sandbox(), [
      ["dial", "b.intranet.test", hostPort, "attack"],
      ["dial", "d.intranet.test", hostPort, "attack"],
      ["dial", "own.intranet.test", ECHO_PORT, "attack"],
    ]);
    expect(said.filter((line) => !line.startsWith("no "))).toEqual([]);
  });
});

describe("this machine on the bridges of other networks", () => {
  const answersAt = (address: string): Probe => ["dial", "x.intranet.test", hostPort, `attack at ${address}`];

  it("is reached by no wide rule, whether they were there before or came later and the rules were applied", async () => {
    const bridges = await Promise.all([
      someNetwork({ EnableIPv6: false }),
      someNetwork({ IPAM: { Config: [{ Subnet: `10.${randomInt(100, 250)}.77.0/24` }] } }),
    ]);
    const planned = await project.coop(["plan"]);
    // Not an edit: the file is the same, and there is more of this machine to hold back.
    expect(planned.out).toContain("Drift");
    expect(planned.out).toContain("policy:rules");
    const before = await inspect(project.named("gateway"));
    await project.apply();
    const after = await inspect(project.named("gateway"));
    expect([after.Id, after.State.StartedAt]).toEqual([before.Id, before.State.StartedAt]);
    for (const address of bridges) {
      await world.answers({ "x.intranet.test": [address], "ok.intranet.test": [PRIVATE] });
      expect(await probe(sandbox(), [answersAt(address)]), address).toEqual([expect.stringMatching(/^no /)]);
      // The control: the gateway's own namespace reaches it, and the same rule still reaches what it is for.
      expect(await probeBeside(project.named("gateway"), [["tcp", address, hostPort, "control"]])).toEqual([
        "reached host saw control",
      ]);
      expect(await probe(sandbox(), [["dial", "ok.intranet.test", ECHO_PORT, "intranet"]])).toEqual([
        "reached saw intranet",
      ]);
    }
    expect(host.heard().filter((text) => text.startsWith("attack at"))).toEqual([]);
    // Others on this machine make networks as well, between the apply and the plan.
    await eventually("nothing is left to plan", async () => {
      await project.apply();
      return (await project.coop(["plan", "--detailed-exitcode"])).code === 0;
    });
  });

  it("asks for nothing when a network goes: what is refused too much harms nobody", async () => {
    // Again where somebody else on this machine has made a network meanwhile.
    await eventually("a plan without a change behind a network that went", async () => {
      const name = scope.unique();
      await engine("POST", "/networks/create", { Name: name });
      await project.apply();
      await engine("DELETE", `/networks/${name}`);
      return (await project.coop(["plan", "--detailed-exitcode"])).code === 0;
    });
  });

  /** Makes a network and gives this machine's address in it. */
  async function someNetwork(body: Readonly<Record<string, unknown>>): Promise<string> {
    const name = scope.unique();
    await engine("POST", "/networks/create", { Name: name, ...body });
    scope.later(() => engine("DELETE", `/networks/${name}`));
    const { IPAM } = await engine("GET", `/networks/${name}`);
    const { Gateway, Subnet } = IPAM.Config[0];
    return Gateway ?? String(Subnet).replace(/\.0\/\d+$/, ".1");
  }
});

describe("an agent whose egress is open", () => {
  it("reaches public hosts by name, and neither addresses nor this machine, its networks or the metadata of clouds", async () => {
    const wide = project.named("sandbox.wide.0");
    const { own, bridge } = await addressesOf(project.named("gateway"));
    const forbidden = [METADATA, PRIVATE, world.server, "127.0.0.1", own, bridge, "0.0.0.0"];
    const names = Object.fromEntries(forbidden.map((address, index) => [`w${index}.wide.test`, [address]]));
    await world.answers({ ...names, "public.wide.test": [PUBLIC] });
    const allowed: readonly Probe[] = [
      ["tls", "public.wide.test", "public.wide.test", "/wide"],
      ["proxied", `public.wide.test:${ECHO_PORT}`, "wide"],
    ];
    expect(await probe(wide, allowed)).toEqual(["reached HTTP/1.1 200 OK", "reached saw wide"]);
    const attacks = [
      ...Object.keys(names).flatMap((name): readonly Probe[] => [
        ["dial", name, 443, "attack"],
        ["proxied", `${name}:${ECHO_PORT}`, "attack"],
        ["proxied", `${name}:${hostPort}`, "attack"],
      ]),
      ...[PUBLIC, METADATA, bridge].map((address): Probe => ["proxied", `${address}:${ECHO_PORT}`, "attack"]),
      ["dial", "host.coop.internal", host.loopback, "attack"] as const,
    ];
    expect((await probe(wide, attacks)).filter((line) => !line.startsWith("no "))).toEqual([]);
    expect(
      [...(await seen("tcp")).map((each) => each.text?.trim()), ...host.heard()].filter((text) => text === "attack"),
    ).toEqual([]);
  });
});

describe("a port of this machine that one agent lists", () => {
  it("is reached by that agent and no other, and no other port is", async () => {
    const local = project.named("sandbox.local.0");
    const dial: Probe = ["dial", "host.coop.internal", host.loopback, "listed"];
    expect(await probe(local, [dial])).toEqual(["reached host saw listed"]);
    const others: readonly Probe[] = [
      ["dial", "host.coop.internal", hostPort, "attack"],
      ["proxied", `host.coop.internal:${hostPort}`, "attack"],
      ["tcp", "127.0.0.1", host.loopback, "attack"],
      ["dial", "api.allowed.test", 443, "attack"],
    ];
    expect((await probe(local, others)).filter((line) => !line.startsWith("no "))).toEqual([]);
    expect(
      (await probe(sandbox(), [dial, ["proxied", `host.coop.internal:${host.loopback}`, "attack"]])).filter(
        (line) => !line.startsWith("no "),
      ),
    ).toEqual([]);
    expect(host.heard().filter((text) => text === "attack")).toEqual([]);
  });
});

async function addressesOf(container: string): Promise<{ readonly own: string; readonly bridge: string }> {
  const [network] = Object.values((await inspect(container)).NetworkSettings.Networks);
  return { own: network?.IPAddress ?? "", bridge: network?.Gateway ?? "" };
}

/** A listener on every address of a container's namespace, loopback too. */
async function listenBeside(container: string): Promise<void> {
  const config = JSON.stringify({ tcp: [ECHO_PORT], dns: false, web: false });
  const listener = await anOrdinaryContainer(scope, {
    network: `container:${container}`,
    flags: ["-e", `WORLD=${config}`],
    command: ["node", "--input-type=module", "-e", program("world.mjs")],
  });
  while (!(await shell(listener, "cat /proc/net/tcp6")).includes(`:${ECHO_PORT.toString(16).toUpperCase()} `))
    await sleep(100);
}
