import { beforeAll, describe, expect, it } from "vitest";
import { must } from "./support/command.ts";
import { inside, inspect, shell } from "./support/containers.ts";
import { aProject } from "./support/project.ts";
import type { Project } from "./support/project.ts";
import { fileScope } from "./support/scope.ts";
import { aWorld } from "./support/world.ts";
import type { Seen, World } from "./support/world.ts";

const CANARY = "canary-5e1f0a77c3d94b86";
const TOKEN = { COOP_TEST_TOKEN: CANARY };

const scope = fileScope();
let world: World;
let project: Project;

const sandbox = (): string => project.named("sandbox.coder.0");
const curl = (ask: string): Promise<string> => shell(sandbox(), `curl -s -m 20 -w '\n%{http_code}' ${ask}`);
const requests = async (path: string): Promise<readonly Seen[]> =>
  (await world.seen()).filter((each) => each.kind === "request" && each.path === path);
const valuesOf = (seen: Seen | undefined, name: string): readonly string[] =>
  (seen?.headers ?? []).filter((_, index, all) => index % 2 === 1 && all[index - 1]?.toLowerCase() === name);

beforeAll(async () => {
  world = await aWorld(scope, ["api.vendor.test", "other.vendor.test"]);
  const addresses = [world.range];
  project = await aProject(
    scope,
    {
      agents: { coder: { egress: ["api", "reads", "other"], resources: { memory: "1GiB" } } },
      credentials: { vendor: { header: "X-Api-Key", hosts: ["api.vendor.test"], from: "env:COOP_TEST_TOKEN" } },
      egress: {
        resolvers: [world.resolver],
        trust: "certs/vendor.pem",
        rules: [
          {
            name: "api",
            host: "api.vendor.test",
            methods: ["POST"],
            paths: ["/v1/**"],
            credential: "vendor",
            addresses,
          },
          { name: "reads", host: "api.vendor.test", methods: ["GET"], paths: ["/open/**", "/echo"], addresses },
          { name: "other", host: "other.vendor.test", paths: ["/**"], addresses },
        ],
      },
    },
    { files: { "certs/vendor.pem": world.certificate } },
  );
});

describe("a credential of the user's", () => {
  it("is not given without a grant, whatever --yes says, and nothing is changed", async () => {
    const refused = await project.coop(["apply", "--yes"], { env: TOKEN });
    expect(refused).toMatchObject({ code: 4 });
    expect(refused.text).toContain("env:COOP_TEST_TOKEN");
    expect(await must(["docker", "ps", "-aq", "--filter", `label=coop.dev/project=${project.name}`])).toBe("");
  });

  it("goes to the requests that its rule allows, and is in the sandbox nowhere", async () => {
    const granted = await project.coop(["credentials", "grant", "env:COOP_TEST_TOKEN"], { env: TOKEN });
    expect(granted.text).not.toContain(CANARY);
    expect(granted.code).toBe(0);
    const applied = await project.coop(["apply", "--yes"], { env: TOKEN });
    expect(applied.text).not.toContain(CANARY);
    expect(applied.code).toBe(0);
    await world.join(project);
    await world.answers({ "api.vendor.test": [world.server], "other.vendor.test": [world.server] });
    expect(await curl("-X POST https://api.vendor.test/v1/messages")).toBe("stand-in /v1/messages\n\n200");
    expect(await curl("--noproxy '*' -X POST https://api.vendor.test/v1/direct")).toBe("stand-in /v1/direct\n\n200");
    for (const path of ["/v1/messages", "/v1/direct"]) {
      expect((await requests(path)).map((each) => valuesOf(each, "x-api-key"))).toEqual([[CANARY]]);
    }
    const everything = await shell(
      sandbox(),
      "env; cat /proc/*/environ /proc/*/cmdline; grep -rsa . /etc/coop /run /home /tmp || true",
    );
    expect(everything).not.toContain(CANARY);
  });

  it("goes nowhere else: another path, another method, another host", async () => {
    expect(await curl("https://api.vendor.test/open/a")).toBe("stand-in /open/a\n\n200");
    expect(await curl("https://other.vendor.test/b")).toBe("stand-in /b\n\n200");
    for (const path of ["/open/a", "/b"])
      expect((await requests(path)).map((each) => valuesOf(each, "x-api-key"))).toEqual([[]]);
    const denied = await curl("-X DELETE https://api.vendor.test/v1/messages");
    expect(denied).toContain('"code":"method-not-allowed"');
    expect(denied).toMatch(/\n403$/);
    expect(await curl("--path-as-is https://api.vendor.test/open/../v1/secret")).toMatch(/"target-refused".*\n403$/s);
  });

  it("cannot be replaced by one of the agent's own", async () => {
    const denied = await curl("-X POST -H 'X-Api-Key: attacker' https://api.vendor.test/v1/attack");
    expect(denied).toMatch(/"code":"client-credential".*\n403$/s);
    expect(await requests("/v1/attack")).toEqual([]);
  });

  it("is in no inspect, label, log, plan or status", async () => {
    const ids = (await must(["docker", "ps", "-aq", "--filter", `label=coop.dev/project=${project.name}`])).split("\n");
    const texts = [
      await must(["docker", "inspect", ...ids.filter((each) => each !== "")]),
      await must(["docker", "logs", project.named("gateway")]),
      (await project.coop(["plan", "--json"], { env: TOKEN })).text,
      (await project.coop(["status", "--json"], { env: TOKEN })).text,
      (await project.coop(["logs", "--egress"], { env: TOKEN })).text,
      (await project.coop(["explain", "https://api.vendor.test/v1/x", "--agent", "coder", "--method", "POST"])).text,
    ];
    for (const each of texts) expect(each).not.toContain(CANARY);
  });

  it("is in no core dump: the process that has it may write none, and its memory belongs in none", async () => {
    const look = `const fs = require("node:fs");
for (const pid of fs.readdirSync("/proc").filter((each) => /^[0-9]+$/.test(each))) {
  const words = fs.readFileSync("/proc/" + pid + "/cmdline", "utf8");
  if (!words.includes("gateway.mjs") || words.includes("--admin")) continue;
  if (!fs.readlinkSync("/proc/" + pid + "/exe").endsWith("/node")) continue;
  const limit = /Max core file size +([0-9a-z]+) +([0-9a-z]+)/.exec(fs.readFileSync("/proc/" + pid + "/limits", "utf8"));
  console.log(limit[1], limit[2], fs.readFileSync("/proc/" + pid + "/coredump_filter", "utf8").trim());
}`;
    const looked = await must(["docker", "exec", project.named("gateway"), "/usr/local/bin/node", "-e", look]);
    expect(looked.trim()).toBe("0 0 00000000");
    const { HostConfig } = await inspect(project.named("gateway"));
    expect(HostConfig.Ulimits).toEqual([{ Name: "core", Soft: 0, Hard: 0 }]);
  });

  it("leaves nothing to plan, and is given again when the gateway was restarted", async () => {
    const plan = async (): Promise<number> =>
      (await project.coop(["plan", "--detailed-exitcode"], { env: TOKEN })).code;
    expect(await plan()).toBe(0);
    await must(["docker", "restart", "-t", "1", project.named("gateway")]);
    expect(await curl("-X POST https://api.vendor.test/v1/lost")).not.toMatch(/200$/);
    expect(await plan()).toBe(2);
    const applied = await project.coop(["apply", "--yes"], { env: TOKEN });
    expect(applied.code).toBe(0);
    await world.join(project);
    expect(await curl("-X POST https://api.vendor.test/v1/again")).toBe("stand-in /v1/again\n\n200");
    expect(await plan()).toBe(0);
  });

  it("is out of the gateway the moment its grant is taken back, without an apply", async () => {
    const revoked = await project.coop(["credentials", "revoke", "env:COOP_TEST_TOKEN"]);
    expect(revoked.code).toBe(0);
    expect(revoked.text).toContain(`The gateway of "${project.name}" has no value any more of: vendor.`);
    const after = await curl("-X POST https://api.vendor.test/v1/revoked");
    expect(after).toMatch(/"code":"credential-not-ready".*\n503$/s);
    expect(await requests("/v1/revoked")).toEqual([]);
    expect(await curl("https://api.vendor.test/open/after")).toBe("stand-in /open/after\n\n200");
    expect((await project.coop(["apply", "--yes"], { env: TOKEN })).code).toBe(4);
    expect((await project.coop(["credentials", "grant", "env:COOP_TEST_TOKEN"], { env: TOKEN })).code).toBe(0);
    expect((await project.coop(["apply", "--yes"], { env: TOKEN })).code).toBe(0);
    expect(await curl("-X POST https://api.vendor.test/v1/regained")).toBe("stand-in /v1/regained\n\n200");
  });

  it("is told to stay where no engine answers", async () => {
    const revoked = await project.coop(["credentials", "revoke", "env:COOP_TEST_TOKEN"], {
      env: { DOCKER_HOST: "unix:///nonexistent/docker.sock" },
    });
    expect(revoked.code).toBe(0);
    expect(revoked.text).toContain(
      "no engine answers, so a gateway that runs keeps the value until the next coop apply",
    );
    expect(await curl("-X POST https://api.vendor.test/v1/still")).toBe("stand-in /v1/still\n\n200");
    expect((await project.coop(["credentials", "grant", "env:COOP_TEST_TOKEN"], { env: TOKEN })).code).toBe(0);
  });
});

describe("the certificates that a sandbox trusts", () => {
  it("serve Node, Python, git and curl without a word of their own", async () => {
    const node = `console.log(await (await fetch("https://other.vendor.test/node")).text())`;
    expect((await inside(sandbox(), ["node", "--input-type=module", "-e", node])).out).toBe("stand-in /node\n\n");
    const python = [
      "import socket, ssl",
      "dial = socket.create_connection(('other.vendor.test', 443))",
      "with ssl.create_default_context().wrap_socket(dial, server_hostname='other.vendor.test') as stream:",
      "  stream.sendall(b'GET /python HTTP/1.1\\r\\nHost: other.vendor.test\\r\\nConnection: close\\r\\n\\r\\n')",
      "  print(stream.makefile('rb').read().decode().split('\\r\\n\\r\\n')[1])",
    ].join("\n");
    expect((await inside(sandbox(), ["python3", "-c", python])).text).toContain("stand-in /python");
    const git = await inside(sandbox(), ["git", "ls-remote", "https://other.vendor.test/repo.git"]);
    expect(git.text).not.toMatch(/certificate|SSL/i);
    expect((await requests("/repo.git/info/refs?service=git-upload-pack")).length).toBe(1);
  });
});
