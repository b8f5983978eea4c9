import { networkInterfaces } from "node:os";
import { beforeAll, describe, expect, it } from "vitest";
import { must } from "./support/command.ts";
import { anOrdinaryContainer, inspect, program, shell } from "./support/containers.ts";
import { hostListeners } from "./support/listeners.ts";
import type { HostListeners } from "./support/listeners.ts";
import { probe, probeBeside } from "./support/probes.ts";
import type { Probe } from "./support/probes.ts";
import { aProject } from "./support/project.ts";
import type { Project } from "./support/project.ts";
import { fileScope } from "./support/scope.ts";
import { aWorld, ECHO_PORT, inNamespaceOf } from "./support/world.ts";
import type { World } from "./support/world.ts";

// Others' addresses, which in these tests are the stand-in's: routed to it in the namespaces of these tests alone.
const STAND_INS = {
  "metadata, AWS and others": "169.254.169.254",
  "metadata, containers on AWS": "169.254.170.2",
  "metadata, Azure": "168.63.129.16",
  "metadata, Alibaba": "100.100.100.200",
  "metadata, AWS by IPv6": "fd00:ec2::254",
  "a public host": "1.1.1.1",
  "a public resolver": "8.8.8.8",
  "a public host by IPv6": "2606:4700::1111",
  "a private host, 10": "10.77.0.1",
  "a private host, 172": "172.31.77.1",
  "a private host, 192": "192.168.177.1",
} as const;

const scope = fileScope();
let world: World;
let host: HostListeners;
let project: Project;
let sandbox: string;
let ordinary: string;
let targets: readonly Target[];

const ON_PODMAN = process.env["COOP_RUNTIME"] === "podman";

/** One way out. `control` says where the same probe succeeds. */
interface Target {
  readonly what: string;
  readonly probe: (word: string) => Probe;
  readonly control: "ordinary" | "host" | "gateway" | "sibling" | "privileged";
}

beforeAll(async () => {
  host = await hostListeners(scope);
  world = await aWorld(scope, ["api.allowed.test"]);
  await world.answers({ "api.allowed.test": [world.server] });
  await world.standIn(Object.values(STAND_INS));
  project = await aProject(scope, {
    agents: { coder: { egress: ["api", "deep"] }, sibling: { egress: ["api"] } },
    egress: {
      resolvers: [world.resolver],
      rules: [
        { name: "api", host: "api.allowed.test", ports: [443, ECHO_PORT], protocol: "tcp", addresses: [world.range] },
        { name: "deep", host: "*.deep.test", ports: [ECHO_PORT], protocol: "tcp", addresses: [world.range] },
      ],
    },
  });
  await project.apply();
  await world.join(project);
  sandbox = project.named("sandbox.coder.0");
  const echo = {
    flags: ["-e", `WORLD=${JSON.stringify({ tcp: [ECHO_PORT], dns: false, web: false })}`],
    command: ["node", "--input-type=module", "-e", program("world.mjs")],
  };
  const neighbour = await anOrdinaryContainer(scope, { network: "bridge", ...echo });
  await anOrdinaryContainer(scope, { network: `container:${project.named("gateway")}`, ...echo });
  await anOrdinaryContainer(scope, { network: `container:${project.named("forwarder.sandbox.sibling.0")}`, ...echo });
  const six = ["--sysctl", "net.ipv6.conf.all.disable_ipv6=0", "-v", "/var/run/docker.sock:/var/run/docker.sock:ro"];
  ordinary = await anOrdinaryContainer(scope, { network: world.network, flags: six });
  await must(["docker", "network", "connect", "bridge", ordinary]);
  await must(["docker", "network", "connect", project.named("gateway"), ordinary]);
  const { IPAddress, GlobalIPv6Address } = await ownNetwork(world.container);
  const via = (address: string): string => (address.includes(":") ? GlobalIPv6Address : IPAddress);
  await inNamespaceOf(
    ordinary,
    Object.values(STAND_INS).map((address) => `route ${address} ${via(address)}`),
  );
  targets = await targetsFor(neighbour);
});

async function ownNetwork(container: string): Promise<{
  readonly IPAddress: string;
  readonly Gateway: string;
  readonly GlobalIPv6Address: string;
  readonly IPv6Gateway: string;
}> {
  const found = (await inspect(container)).NetworkSettings.Networks[world.network];
  if (found === undefined) throw new Error(`${container} is not in the world`);
  return found;
}

async function targetsFor(neighbour: string): Promise<readonly Target[]> {
  const gateway = project.named("gateway");
  const gatewayNetwork = (await inspect(gateway)).NetworkSettings.Networks[gateway];
  const bridge = (await inspect(neighbour)).NetworkSettings.Networks["bridge"];
  const worldNetwork = await ownNetwork(ordinary);
  const machine = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
  const own =
    machine.find((each) => each.family === "IPv4" && !each.internal && each.address !== bridge?.Gateway)?.address ?? "";
  const device = await bridgeOf(world.network);
  const linkLocal = (networkInterfaces()[device] ?? []).find((each) => each.address.startsWith("fe80:"))?.address ?? "";
  const tcp = (
    what: string,
    address: string | undefined,
    port: number,
    control: Target["control"] = "ordinary",
  ): Target => ({
    what: `TCP to ${what}`,
    probe: (word) => ["tcp", address ?? "", port, word],
    control,
  });
  const udp = (what: string, address: string | undefined, port: number): Target => ({
    what: `UDP to ${what}`,
    probe: (word) => ["udp", address ?? "", port, word],
    control: "ordinary",
  });
  const other = (what: string, control: Target["control"], probeOf: Target["probe"]): Target => ({
    what,
    probe: probeOf,
    control,
  });
  const standIns = Object.entries(STAND_INS);
  return [
    tcp("this machine on its own address", own, host.everywhere),
    tcp("this machine on the default bridge", bridge?.Gateway, host.everywhere),
    tcp("this machine on the gateway's bridge", gatewayNetwork?.Gateway, host.everywhere),
    tcp("this machine on another network's bridge", worldNetwork.Gateway, host.everywhere),
    tcp("this machine by IPv6", worldNetwork.IPv6Gateway, host.everywhere),
    other("TCP to this machine by a link-local address", "ordinary", (word) => [
      "link-local",
      linkLocal,
      host.everywhere,
      word,
    ]),
    tcp("this machine's loopback", "127.0.0.1", host.loopback, "host"),
    tcp("this machine's loopback by IPv6", "::1", host.loopback, "host"),
    other("an abstract socket of this machine", "host", (word) => ["unix", `@${host.abstract}`, word]),
    other("the engine's socket", "ordinary", () => ["unix", "/var/run/docker.sock", "GET /_ping HTTP/1.0\r\n\r"]),
    tcp("another project's container", bridge?.IPAddress, ECHO_PORT),
    tcp("a container on another network", worldNetwork === undefined ? "" : world.server, ECHO_PORT),
    tcp("the gateway's own address", gatewayNetwork?.IPAddress, ECHO_PORT),
    tcp("the gateway's loopback", "127.0.0.1", ECHO_PORT, "gateway"),
    tcp("a sibling's loopback", "127.0.0.1", ECHO_PORT, "sibling"),
    ...standIns.map(([what, address]) => tcp(what, address, ECHO_PORT)),
    ...standIns.map(([what, address]) => udp(what, address, ECHO_PORT)),
    udp("this machine on its own address", own, host.everywhere),
    udp("this machine on the default bridge", bridge?.Gateway, host.everywhere),
    udp("this machine by IPv6", worldNetwork.IPv6Gateway, host.everywhere),
    udp("everybody on a network", world.server.replace(/\d+$/, "255"), ECHO_PORT),
    other("a query to the resolver itself", "ordinary", () => ["query", world.resolver, "api.allowed.test", 1, "udp"]),
    // Podman has none in a container's own namespace.
    ...(ON_PODMAN
      ? []
      : [other("a query to the engine's own resolver", "ordinary", () => ["query", "127.0.0.11", ordinary, 1, "udp"])]),
    other("Multipath TCP", "ordinary", (word) => ["multipath", STAND_INS["a public host"], ECHO_PORT, word]),
    other("data in a SYN", "ordinary", (word) => ["fastopen", STAND_INS["a public host"], ECHO_PORT, word]),
    other("an ICMP echo", "ordinary", () => ["ping", STAND_INS["a public host"]]),
    other("an ICMP echo by IPv6", "ordinary", () => ["ping", STAND_INS["a public host by IPv6"]]),
    other("a raw socket", "ordinary", () => ["socket", 2, 3, 255]),
    other("a packet socket", "ordinary", () => ["socket", 17, 3, 0x0300]),
    other("a device of its own", "privileged", (word) => ["device", word.slice(-8)]),
  ];
}

describe("a sandbox's network", () => {
  it("has lo and nothing else, and no route", async () => {
    for (const user of ["0", "1000"]) {
      expect(await structureOf(user)).toEqual(CLOSED);
      expect(await shell(sandbox, "cat /etc/resolv.conf", { user })).toBe("nameserver 127.0.0.1\n");
    }
  });

  it("reaches none of the targets, as its user or as root; an ordinary container reaches all of them", async () => {
    // Nothing is sent where the structure is not closed: some addresses are real ones outside of these namespaces.
    expect(await structureOf("0")).toEqual(CLOSED);
    const privileged = await anOrdinaryContainer(scope, { network: "none", flags: ["--cap-add", "NET_ADMIN"] });
    const controls: Record<Target["control"], (probes: readonly Probe[]) => Promise<readonly string[]>> = {
      ordinary: (probes) => probe(ordinary, probes, { user: "0" }),
      host: (probes) => probe(onHost, probes, { user: "0" }),
      gateway: (probes) => probeBeside(project.named("gateway"), probes),
      sibling: (probes) => probeBeside(project.named("forwarder.sandbox.sibling.0"), probes),
      privileged: (probes) => probe(privileged, probes, { user: "0" }),
    };
    const onHost = await anOrdinaryContainer(scope, { network: "host" });
    const inconclusive: string[] = [];
    for (const [name, control] of Object.entries(controls)) {
      const chosen = targets.filter((target) => target.control === name);
      const said = await control(chosen.map((target) => target.probe("control")));
      for (const [index, line] of said.entries())
        if (!line.startsWith("reached")) inconclusive.push(`${chosen[index]?.what}: ${line}`);
    }
    expect(inconclusive).toEqual([]);
    expect(targets.length).toBeGreaterThanOrEqual(30);

    for (const user of ["0", "1000"]) {
      const said = await probe(
        sandbox,
        targets.map((target) => target.probe(`attack-${user}`)),
        { user },
      );
      const reached = said.flatMap((line, index) =>
        line.startsWith("no ") ? [] : [`${targets[index]?.what}: ${line}`],
      );
      expect(reached, `as ${user}`).toEqual([]);
    }
    const heard = [...host.heard(), ...(await world.seen()).map((each) => each.text ?? "")];
    expect(heard.filter((text) => text.includes("control")).length).toBeGreaterThan(20);
    expect(heard.filter((text) => text.includes("attack"))).toEqual([]);
  });

  it("reaches none of them by the explicit proxy either, although the gateway's own network leads to many", async () => {
    const tcp = targets.map((target) => target.probe("proxied")).filter(([kind]) => kind === "tcp");
    const authorities = tcp.map(
      ([, address, port]) => `${String(address).includes(":") ? `[${address}]` : address}:${port}`,
    );
    const said = await probe(
      sandbox,
      authorities.map((authority): Probe => ["proxied", authority, "proxied"]),
    );
    expect(said.filter((line) => !/^no HTTP\/1\.1 4\d\d/.test(line))).toEqual([]);
    expect(
      [...host.heard(), ...(await world.seen()).map((each) => each.text)].filter((text) => text === "proxied"),
    ).toEqual([]);
  });

  it("has sockets of no family that leads past its namespace", async () => {
    const families = Array.from({ length: 46 }, (_, family) => family);
    const probes = families.flatMap((family) => [1, 2, 3, 5].map((flavour): Probe => ["socket", family, flavour, 0]));
    const open = async (container: string): Promise<readonly number[]> => {
      const said = await probe(container, probes, { user: "0" });
      return families.filter((family) =>
        said.slice(family * 4, family * 4 + 4).some((line) => line.startsWith("reached")),
      );
    };
    // Unix, IPv4, IPv6, netlink.
    expect(await open(sandbox)).toEqual([1, 2, 10, 16]);
    expect(await open(ordinary)).toEqual(expect.arrayContaining([1, 2, 10, 16, 17]));
  });
});

describe("names", () => {
  it("are asked of the resolver only where a rule allows them, in one spelling and with nothing beside", async () => {
    const before = (await world.seen()).filter((each) => each.kind === "query").length;
    const forbidden = [
      "secret.evil.test",
      "c2VjcmV0.evil.test",
      "secret.api.allowed.test",
      "api.allowed.test.evil.test",
      "deep.test",
      "a.b.deep.test",
      "allowed.test",
    ];
    const types = [1, 2, 5, 10, 12, 15, 16, 28, 33, 64, 255];
    const asked = forbidden.flatMap((name): readonly Probe[] => [
      ...types.map((type): Probe => ["query", "127.0.0.1", name, type, type % 2 === 0 ? "udp" : "tcp"]),
      ["dial", name, ECHO_PORT, "word"],
      ["proxied", `${name}:${ECHO_PORT}`, "word"],
      ["proxied-get", `http://${name}/`, name],
    ]);
    const said = await probe(sandbox, asked, { seconds: 8 });
    expect(said.filter((line) => !line.startsWith("no "))).toEqual([]);
    // The other types of an allowed name are answered inside; only connecting asks for its addresses.
    await probe(
      sandbox,
      types.map((type): Probe => ["query", "127.0.0.1", "api.allowed.test", type, "udp"]),
    );
    const quiet = (await world.seen()).filter((each) => each.kind === "query").slice(before);
    expect(quiet.map((each) => each.name)).toEqual([]);

    const spelled: readonly Probe[] = [
      ["dial", "API.aLLoweD.tEsT", ECHO_PORT, "spelled"],
      ["dial", "api.allowed.test.", ECHO_PORT, "dotted"],
    ];
    expect(await probe(sandbox, spelled)).toEqual(["reached saw spelled", "reached saw dotted"]);
    const arrived = (await world.seen()).filter((each) => each.kind === "query").slice(before);
    expect(new Set(arrived.map((each) => each.name))).toEqual(new Set(["api.allowed.test"]));
  });
});

const CLOSED = { raised: ["lo"], routes: [], sixBy: ["lo"] };

/** Which devices are up, the IPv4 routes, and the devices of the IPv6 routes, as seen from inside. */
async function structureOf(user: string): Promise<object> {
  const raised = "for f in /sys/class/net/*/flags; do [ $(($(cat $f) & 1)) = 1 ] && basename $(dirname $f); done";
  const lines = async (line: string): Promise<readonly string[]> =>
    (await shell(sandbox, `${line}; true`, { user })).split("\n").filter((each) => each !== "");
  const six = await lines("cat /proc/net/ipv6_route");
  return {
    raised: await lines(raised),
    routes: await lines("tail -n +2 /proc/net/route"),
    sixBy: [...new Set(six.map((line) => line.split(/\s+/).at(-1)))],
  };
}

/** The device of this machine's that a network is. */
async function bridgeOf(network: string): Promise<string> {
  const shows = (field: string): Promise<string> =>
    must(["docker", "network", "inspect", "-f", `{{.${field}}}`, network]);
  return ON_PODMAN ? (await shows("NetworkInterface")).trim() : `br-${(await shows("Id")).slice(0, 12)}`;
}
