import { renameSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { encodeOpening } from "../../src/gateway/frames.ts";
import type { Purpose } from "../../src/gateway/frames.ts";
import { eventually, must } from "./support/command.ts";
import { anOrdinaryContainer, inside, inspect, shell } from "./support/containers.ts";
import { probe } from "./support/probes.ts";
import type { Probe } from "./support/probes.ts";
import { aProject } from "./support/project.ts";
import type { Project } from "./support/project.ts";
import { fileScope } from "./support/scope.ts";

const scope = fileScope();
let project: Project;
let one: string;
let two: string;
/** What an outside actor with rights on the engine can hold: the gateway's socket and every key. */
let outside: string;

const RULES = [
  { name: "api", host: "api.allowed.test", tls: "tunnel" },
  { name: "evil", host: "evil.test", tls: "tunnel" },
];

beforeAll(async () => {
  project = await aProject(scope, {
    agents: {
      one: { egress: ["api"], resources: { memory: "256MiB" } },
      two: { egress: ["evil"], ports: [8000], resources: { memory: "256MiB" } },
    },
    // Nothing is ever asked of it: it is a documentation address that no rule of this file leads to.
    egress: { resolvers: ["192.0.2.53"], rules: RULES },
  });
  await project.apply();
  one = project.named("sandbox.one.0");
  two = project.named("sandbox.two.0");
  const volumes = ["socket", "key.sandbox.one.0", "key.sandbox.two.0", "key.publisher.sandbox.two.0"];
  const flags = volumes.flatMap((each) => ["-v", `${project.named(each)}:/stolen/${each}:ro`]);
  outside = await anOrdinaryContainer(scope, { network: "none", flags });
});

const known = async (container: string, name: string): Promise<boolean> =>
  (await probe(container, [["query", "127.0.0.1", name, 1, "udp"]]))[0] === "reached 1 answers";

async function keyOf(path: string): Promise<Buffer> {
  const key = Buffer.from((await shell(outside, `base64 -w 0 /stolen/key.${path}/key`)).trim(), "base64");
  expect(key).toHaveLength(32);
  return key;
}

describe("an agent's rules", () => {
  it("are not what it writes into its copy of the file", async () => {
    expect([await known(one, "api.allowed.test"), await known(one, "evil.test")]).toEqual([true, false]);
    const loosened = { version: "coop/v1", project: project.name, agents: { one: { egress: "open" } } };
    const edit = `cat > coop.yaml && git -c user.name=x -c user.email=x@x commit -qam 'More for me'`;
    expect((await inside(one, ["sh", "-c", edit], { input: JSON.stringify(loosened) })).code).toBe(0);
    expect(await shell(one, "cat coop.yaml")).toContain("open");
    const planned = await project.coop(["plan", "--detailed-exitcode"]);
    expect(planned.code, planned.text).toBe(0);
    expect(await project.git("status", "--porcelain")).toBe("");
    expect((await project.coop(["fetch", "one"])).code).toBeLessThan(5);
    expect(await project.git("show", "HEAD:coop.yaml")).not.toContain("open");
    expect((await project.coop(["plan", "--detailed-exitcode"])).code).toBe(0);
    expect([await known(one, "api.allowed.test"), await known(one, "evil.test")]).toEqual([true, false]);
  });

  it("change when the host's file does: the control", async () => {
    const write = (egress: readonly string[]): void =>
      project.write({
        agents: {
          one: { egress, resources: { memory: "256MiB" } },
          two: { egress: ["evil"], ports: [8000], resources: { memory: "256MiB" } },
        },
        egress: { resolvers: ["192.0.2.53"], rules: RULES },
      });
    write(["api", "evil"]);
    await project.apply();
    await eventually("the new rule holds", () => known(one, "evil.test"));
    write(["api"]);
    await project.apply();
    await eventually("it is gone", async () => !(await known(one, "evil.test")));
  });
});

describe("the gateway's socket and the forwarders' keys", () => {
  it("are in no sandbox, neither its own nor another's", async () => {
    const keys = [await keyOf("sandbox.one.0"), await keyOf("sandbox.two.0")];
    expect(keys[0]?.equals(keys[1] ?? Buffer.alloc(0))).toBe(false);
    for (const container of [one, two]) {
      const { Mounts } = await inspect(container);
      expect(
        Mounts.map((mount) => mount.Name?.replace(`coop.${project.name}.`, "")),
        container,
      ).toEqual([expect.stringMatching(/^workspace\./)]);
      expect(
        await shell(
          container,
          "find / -type s 2>/dev/null; find / -name gateway.sock -o -name policy.json -o -name identity.key 2>/dev/null; true",
          { user: "0" },
        ),
      ).toBe("");
      expect(await shell(container, "grep -c @ /proc/net/unix; true", { user: "0" })).toBe("0\n");
      for (const user of ["0", "1000"]) expect(await search(container, keys, user), `${container} as ${user}`).toBe("");
    }
    expect(await search(outside, keys, "0")).toContain("/stolen/key.sandbox.one.0/key");
  });

  it("serve nobody whose key is not the identity's own, and nobody past the rules", async () => {
    const [ones, twos] = [await keyOf("sandbox.one.0"), await keyOf("sandbox.two.0")];
    const publishers = await keyOf("publisher.sandbox.two.0");
    const opening = (identity: string, key: Buffer, purpose: Purpose): string =>
      encodeOpening({ identity, key, purpose }).toString("hex");
    const ask = (digits: string): Probe => ["raw", "/stolen/socket/gateway.sock", digits];
    const evil: Purpose = { kind: "name", name: "evil.test" };
    const reach: Purpose = { kind: "reach", identity: "agent/two/0", port: 8000 };
    await must(["docker", "exec", "-d", two, "python3", "-c", SERVER]);
    await eventually(
      "the publisher reaches the port",
      async () =>
        (await probe(outside, [ask(opening("publisher/two/0", publishers, reach))], { user: "0" }))[0]?.includes(
          '"ok":true',
        ) === true,
    );
    const said = await probe(
      outside,
      [
        ask(opening("agent/two/0", twos, evil)),
        ask(opening("agent/two/0", ones, evil)),
        ask(opening("agent/two/0", Buffer.alloc(32), evil)),
        ask(opening("agent/two", twos, evil)),
        ask(opening("agent/one/0", ones, evil)),
        ask(opening("agent/one/0", ones, reach)),
        ask(opening("publisher/two/0", publishers, evil)),
        ask("ffff"),
      ],
      { user: "0" },
    );
    expect(said[0]).toMatch(/^reached .*"ok":true/);
    expect(said.slice(1, 4)).toEqual(["no closed", "no closed", "no closed"]);
    for (const line of said.slice(4, 7)) expect(line).toMatch(/^reached .*"ok":false/);
    expect(said[7]).toMatch(/^no /);
  });

  it("are not reached through the forwarder: an opening inside the proxy is no opening", async () => {
    const twos = await keyOf("sandbox.two.0");
    const digits = encodeOpening({
      identity: "agent/two/0",
      key: twos,
      purpose: { kind: "name", name: "evil.test" },
    }).toString("hex");
    const [said] = await probe(one, [["raw", "127.0.0.1:3128", digits]]);
    expect(said).not.toContain('"ok":true');
    expect(said).toMatch(/^no |400|4\d\d/);
  });
});

describe("another repository that names the same project", () => {
  it("is handed nothing of it, by no command; one that was moved keeps what it had", async () => {
    await shell(one, "echo private > work-of-one");
    const hostile = await aProject(scope, { agents: { one: {}, two: {} } }, { name: project.name });
    const before = (await inspect(one)).Id;
    for (const command of [
      ["plan"],
      ["apply", "--yes"],
      ["exec", "one", "--", "cat", "work-of-one"],
      ["run", "--agent", "one", "--", "true"],
      ["fetch"],
      ["logs"],
      ["destroy", "--yes", "--delete-data"],
    ]) {
      const ran = await hostile.coop(command);
      expect(ran.code, `${command[0]}: ${ran.text}`).not.toBe(0);
      expect(ran.text, command[0]).toContain("belongs to");
      expect(ran.text).not.toContain("private");
    }
    expect((await inspect(one)).Id).toBe(before);

    renameSync(project.root, `${project.root}-moved`);
    const moved = await project.coop(["exec", "one", "--", "cat", "work-of-one"], { cwd: `${project.root}-moved` });
    expect(moved.out).toBe("private\n");
  });
});

/** Files of a container that hold one of the keys, raw or as text. The keys go by standard input, which is no file. */
async function search(container: string, keys: readonly Buffer[], user: string): Promise<string> {
  const forms = keys.flatMap((key) => [
    key.toString("hex"),
    Buffer.from(key.toString("hex")).toString("hex"),
    Buffer.from(key.toString("base64")).toString("hex"),
  ]);
  const ran = await inside(container, ["python3", "-c", SEARCH], { user, input: forms.join("\n") });
  if (ran.code !== 0) throw new Error(ran.text);
  return ran.out;
}

const SEARCH = `
import os, sys
wanted = [bytes.fromhex(line) for line in sys.stdin.read().split()]
for top, folders, files in os.walk("/"):
    folders[:] = [each for each in folders if os.path.join(top, each) not in ("/proc", "/sys", "/usr", "/opt/coop")]
    for name in files:
        path = os.path.join(top, name)
        try:
            if os.path.isfile(path) and os.path.getsize(path) < 10000000 and any(each in open(path, "rb").read() for each in wanted):
                print(path)
        except OSError:
            pass
for pid in filter(str.isdigit, os.listdir("/proc")):
    for name in ("environ", "cmdline"):
        try:
            if any(each in open("/proc/%s/%s" % (pid, name), "rb").read() for each in wanted):
                print(pid, name)
        except OSError:
            pass
`;

const SERVER = `
import socket
server = socket.create_server(("127.0.0.1", 8000))
while True:
    server.accept()[0].close()
`;
