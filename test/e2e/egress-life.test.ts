import { setTimeout as sleep } from "node:timers/promises";
import { beforeAll, describe, expect, it } from "vitest";
import { eventually, must, run } from "./support/command.ts";
import { anOrdinaryContainer, inspect, shell } from "./support/containers.ts";
import { probe, probeBeside } from "./support/probes.ts";
import type { Probe } from "./support/probes.ts";
import { aProject } from "./support/project.ts";
import type { FileValue, Project } from "./support/project.ts";
import { fileScope } from "./support/scope.ts";
import { aWorld, ECHO_PORT, inNamespaceOf } from "./support/world.ts";
import type { World } from "./support/world.ts";

const scope = fileScope();
let world: World;
let project: Project;
let sandbox: string;
let forwarder: string;
let gateway: string;

/** What the agent does at its very first moment and from then on: try every way out, and say what came back. */
const FIRST_INSTRUCTION = `
import socket, sys, time
def tried(what, act):
    try:
        return what + " reached " + act()
    except OSError as error:
        return what + " no"
def talk(address, word):
    s = socket.create_connection(address, 3)
    s.sendall(word.encode() + b"\\n")
    return s.recv(200).decode().split("\\n")[0].strip()
ways = {
    "name": lambda: talk(("api.allowed.test", ${ECHO_PORT}), "first"),
    "direct": lambda: talk((sys.argv[1], ${ECHO_PORT}), "first"),
    "proxy": lambda: talk(("127.0.0.1", 3128), "CONNECT api.allowed.test:${ECHO_PORT} HTTP/1.1\\r\\n\\r"),
}
for what, act in ways.items():
    print("first", tried(what, act), flush=True)
while True:
    time.sleep(3600)
`;

function file(egress: readonly string[]): FileValue {
  const bytes = { ports: [ECHO_PORT], protocol: "tcp", addresses: [world.range] };
  return {
    agents: {
      coder: {
        run: ["python3", "-c", FIRST_INSTRUCTION, world.server],
        egress,
        restart: "always",
        resources: { memory: "512MiB" },
      },
    },
    egress: {
      resolvers: [world.resolver],
      rules: [
        { name: "api", host: "api.allowed.test", ...bytes },
        { name: "other", host: "other.allowed.test", ...bytes },
      ],
    },
  };
}

beforeAll(async () => {
  world = await aWorld(scope, ["api.allowed.test"]);
  await world.answers({ "api.allowed.test": [world.server], "other.allowed.test": [world.server] });
  project = await aProject(scope, file(["api", "other"]));
  sandbox = project.named("sandbox.coder.0");
  forwarder = project.named("forwarder.sandbox.coder.0");
  gateway = project.named("gateway");
  await project.apply();
  await world.join(project);
});

const dial = (name: string, word: string): Probe => ["dial", `${name}.allowed.test`, ECHO_PORT, word];
const ways = (word: string): readonly Probe[] => [
  dial("api", word),
  ["proxied", `api.allowed.test:${ECHO_PORT}`, word],
  ["tcp", world.server, ECHO_PORT, word],
  ["udp", world.server, ECHO_PORT, word],
];
const works = async (word: string): Promise<void> =>
  expect(await probe(sandbox, [dial("api", word)])).toEqual([`reached saw ${word}`]);

/** Who a container is, and since when it runs. */
async function life(container: string): Promise<string> {
  const { Id, State } = await inspect(container);
  return `${Id} ${State.Pid} ${State.StartedAt} ${State.Status}`;
}

/** Lines that a program inside writes to a file, while it goes on. */
async function begin(name: string, body: string): Promise<() => Promise<readonly string[]>> {
  await must([
    "docker",
    "exec",
    "-d",
    sandbox,
    "python3",
    "-c",
    `import sys\nsys.stdout = open("/tmp/${name}", "w", 1)\n${body}`,
  ]);
  return async () => (await shell(sandbox, `cat /tmp/${name} 2>/dev/null`)).split("\n").filter((line) => line !== "");
}

const TICKING = (name: string): string => `
import socket, time
def connected():
    # On a busy machine a name may be answered too late.
    while True:
        try:
            return socket.create_connection(("${name}.allowed.test", ${ECHO_PORT}), 20)
        except OSError:
            time.sleep(0.5)
s = connected()
try:
    while True:
        s.sendall(b"tick\\n")
        print("tick" if s.recv(100) else "closed")
        time.sleep(0.1)
except OSError:
    print("closed")
`;

describe("rules", () => {
  it("are swapped under a sandbox that goes on, and a tightened one ends what it no longer allows", async () => {
    const before = await life(sandbox);
    const forwarderBefore = await life(forwarder);
    const [api, other] = [await begin("api", TICKING("api")), await begin("other", TICKING("other"))];
    await eventually(
      "both connections live",
      async () => (await api()).includes("tick") && (await other()).includes("tick"),
    );
    expect(await probe(sandbox, [dial("other", "before")])).toEqual(["reached saw before"]);

    project.write(file(["api"]));
    expect(await project.apply()).toContain("tightens");
    await eventually("the forbidden connection is closed", async () => (await other()).at(-1) === "closed", 10_000);
    expect(
      (await probe(sandbox, [dial("other", "after"), dial("api", "after")])).map((line) => line.startsWith("reached")),
    ).toEqual([false, true]);
    const count = (await api()).length;
    await eventually("the allowed connection goes on", async () => (await api()).length > count);
    expect(await api()).not.toContain("closed");

    project.write(file(["api", "other"]));
    expect(await project.apply()).toContain("loosens");
    expect(await probe(sandbox, [dial("other", "again")])).toEqual(["reached saw again"]);
    expect([await life(sandbox), await life(forwarder)]).toEqual([before, forwarderBefore]);
    const heard = (await world.seen()).filter((each) => each.text?.trim() === "after");
    expect(heard).toHaveLength(1);
  });
});

describe("a gateway that is killed", () => {
  it("leaves nothing reachable and the sandbox running, and comes back with the next apply", async () => {
    await works("before-kill");
    const before = await life(sandbox);
    await must(["docker", "pause", gateway]);
    const frozen = await probe(sandbox, ways("while-frozen"), { seconds: 2 });
    await must(["docker", "unpause", gateway]);
    expect(frozen.filter((line) => line.startsWith("reached"))).toEqual([]);
    await works("after-freezing");
    await must(["docker", "kill", gateway]);
    const said = await probe(sandbox, ways("while-killed"), { seconds: 8 });
    expect(said.filter((line) => !line.startsWith("no "))).toEqual([]);
    expect(await life(sandbox)).toBe(before);
    await project.apply();
    await world.join(project);
    await works("after-kill");
    expect(await life(sandbox)).toBe(before);
    expect((await world.seen()).filter((each) => each.text?.includes("while-killed"))).toEqual([]);
  });

  it("is not there at the first instruction of an agent, which reaches nothing", async () => {
    const first = async (): Promise<readonly string[]> =>
      (await must(["docker", "logs", sandbox]))
        .split("\n")
        .filter((line) => line.startsWith("first"))
        .slice(-3);
    const since = Date.now();
    await must(["docker", "kill", gateway]);
    await must(["docker", "restart", "-t", "0", sandbox]);
    await eventually("the agent has tried", async () =>
      (await must(["docker", "logs", "--since", (await inspect(sandbox)).State.StartedAt, sandbox])).includes(
        "first proxy",
      ),
    );
    expect((await first()).map((line) => line.replace(/^(first \w+ \w+).*/, "$1"))).toEqual([
      "first name no",
      "first direct no",
      expect.stringMatching(/^first proxy (no|reached)/),
    ]);
    expect(await first()).not.toContainEqual(expect.stringContaining(" 200 "));
    await project.apply();
    await world.join(project);
    await works("after-first");
    expect((await world.seen()).filter((each) => each.at > since && each.text?.trim() === "first")).toEqual([]);
    // The control: the same instructions, in the gateway's own namespace.
    expect(await probeBeside(gateway, [["tcp", world.server, ECHO_PORT, "control"]])).toEqual(["reached saw control"]);
  });
});

describe("a forwarder", () => {
  const raised = "for f in /sys/class/net/*/flags; do [ $(($(cat $f) & 1)) = 1 ] && basename $(dirname $f); done";
  const interfaces = async (): Promise<string> => (await shell(sandbox, `${raised}; true`)).trim();

  it("that is killed leaves lo alone; another one joins the sandbox, which never stops", async () => {
    await shell(sandbox, "echo kept > work-in-progress");
    const before = await life(sandbox);
    const ticks = await begin("ticks", "import time\nwhile True:\n    print(time.time())\n    time.sleep(0.05)");
    await must(["docker", "kill", forwarder]);
    const said = await probe(sandbox, ways("no-forwarder"), { seconds: 3 });
    expect(said.filter((line) => !line.startsWith("no "))).toEqual([]);
    expect(await interfaces()).toBe("lo");
    expect((await inspect(sandbox)).State.Status).toBe("running");
    await project.apply();
    expect((await inspect(forwarder)).HostConfig["NetworkMode"]).toBe(`container:${(await inspect(sandbox)).Id}`);
    await works("after-forwarder");
    const [proxied] = await probe(sandbox, [["proxied", `api.allowed.test:${ECHO_PORT}`, "after-proxied"]]);
    expect(proxied).toContain("reached");
    expect(await life(sandbox)).toBe(before);
    const count = (await ticks()).length;
    await eventually("what ran goes on", async () => (await ticks()).length > count);
    expect(await interfaces()).toBe("lo");
    expect((await project.coop(["plan", "--detailed-exitcode"])).code).toBe(0);
    // The control: nothing of what was tried in between has come through, and what came behind it has.
    const heard = (await world.seen()).map((each) => each.text?.trim());
    expect(heard).not.toContain("no-forwarder");
    expect(heard).toContain("after-forwarder");
  });

  it("that has joined a sandbox cannot be given a network, and leaves with any interface as the first one did", async () => {
    expect((await inspect(forwarder)).HostConfig["NetworkMode"]).toMatch(/^container:/);
    for (const each of [forwarder, sandbox]) {
      const connected = await run(["docker", "network", "connect", world.network, each]);
      expect(connected.code, connected.text).not.toBe(0);
    }
    expect(await interfaces()).toBe("lo");
    await works("before-interface");
    // Somebody with rights on the machine itself.
    await inNamespaceOf(sandbox, ["bridge br-attack"]);
    await eventually("the forwarder leaves", async () => (await inspect(forwarder)).State.Status === "exited", 20_000);
    expect((await inspect(forwarder)).State.ExitCode).toBe(70);
    const said = await probe(sandbox, ways("with-interface"), { seconds: 3 });
    expect(said.filter((line) => !line.startsWith("no "))).toEqual([]);
    // No other one joins such a namespace: both are made anew, and the workspace is kept.
    const before = (await inspect(sandbox)).Id;
    await project.apply();
    expect((await inspect(sandbox)).Id).not.toBe(before);
    expect(await interfaces()).toBe("lo");
    expect(await shell(sandbox, "cat work-in-progress")).toBe("kept\n");
    await works("after-interface");
  });

  it("is made anew with its sandbox at the sandbox's next restart, and the workspace is kept", async () => {
    await must(["docker", "kill", forwarder]);
    await project.apply();
    await works("joined");
    const restarted = await run(["docker", "restart", "-t", "0", sandbox]);
    expect(restarted.code, "a namespace that is gone cannot be joined").not.toBe(0);
    await project.apply();
    expect((await inspect(forwarder)).HostConfig["NetworkMode"]).toBe("none");
    expect((await inspect(sandbox)).HostConfig["NetworkMode"]).toBe(`container:${(await inspect(forwarder)).Id}`);
    await works("after-restart");
    expect(await shell(sandbox, "cat work-in-progress")).toBe("kept\n");
    expect((await project.coop(["plan", "--detailed-exitcode"])).code).toBe(0);
  });

  it("whose place the agent takes while it is dead is not given up: apply says so, and then makes both anew", async () => {
    await must(["docker", "kill", forwarder]);
    const taken = await begin(
      "taken",
      `
import socket, time
s = socket.create_server(("127.0.0.1", 3128))
print("listening")
time.sleep(600)
`,
    );
    await eventually("the agent listens in its place", async () => (await taken()).includes("listening"));
    const refused = await project.coop(["apply", "--yes"]);
    expect(refused.code, refused.text).toBe(1);
    expect(refused.err).toContain("container:forwarder.sandbox.coder.0");
    expect(refused.err).toContain("EADDRINUSE");
    await project.apply();
    await works("after-taken");
    expect((await project.coop(["plan", "--detailed-exitcode"])).code).toBe(0);
  });

  it("leaves with any interface that somebody attaches: nothing is reached from half a second on", async () => {
    const watching = async (container: string, name: string): Promise<void> => {
      const loop = `
import os, socket, time
out = open("/tmp/${name}", "w", 1)
until = time.time() + 60
while time.time() < until and not os.path.exists("/tmp/enough"):
    try:
        s = socket.create_connection(("${world.server}", ${ECHO_PORT}), 0.2)
        s.settimeout(0.2)
        s.sendall(b"${name}\\n")
        s.recv(100)
        out.write("%d\\n" % (time.time() * 1000))
        s.close()
    except OSError:
        pass
    time.sleep(0.02)
out.write("end\\n")
`;
      await must(["docker", "exec", "-d", container, "python3", "-c", loop]);
    };
    const control = await anOrdinaryContainer(scope, { network: "none" });
    await Promise.all([watching(sandbox, "attached"), watching(control, "control")]);
    const attach = async (container: string): Promise<number> => {
      await must(["docker", "network", "disconnect", "none", container]);
      await must(["docker", "network", "connect", world.network, container]);
      return Date.now();
    };
    const attachedAt = await attach(forwarder);
    await attach(control);
    await eventually("the forwarder leaves", async () => (await inspect(forwarder)).State.Status === "exited", 20_000);
    expect((await inspect(forwarder)).State.ExitCode).toBe(70);
    await sleep(1500);
    for (const each of [sandbox, control]) await shell(each, "touch /tmp/enough");
    await eventually(
      "the watching ends",
      async () => (await shell(sandbox, "tail -n 1 /tmp/attached")).trim() === "end",
    );
    const times = (text: string): readonly number[] =>
      text
        .split("\n")
        .filter((line) => /^\d+$/.test(line))
        .map(Number);
    const reached = times(await shell(sandbox, "cat /tmp/attached"));
    const controls = times(await shell(control, "cat /tmp/control"));
    expect(controls.length).toBeGreaterThan(20);
    // On a machine so busy that an unhindered loop stands still, so does the forwarder's watch.
    const pause = Math.max(...controls.map((at, index) => at - (controls[index - 1] ?? at)));
    expect(reached.filter((at) => at > attachedAt + 500 + pause)).toEqual([]);
    expect((await probe(sandbox, ways("later"), { seconds: 3 })).filter((line) => !line.startsWith("no "))).toEqual([]);
    expect((await shell(sandbox, "tail -n +2 /proc/net/route")).trim()).toBe("");
    await project.apply();
    await works("after-attaching");
  });
});
