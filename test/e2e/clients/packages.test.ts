import { beforeAll, describe, expect, it } from "vitest";
import type { Ran } from "../support/command.ts";
import { inside } from "../support/containers.ts";
import { aProject } from "../support/project.ts";
import type { Project } from "../support/project.ts";
import { fileScope } from "../support/scope.ts";
import { aStandIn, headersOf } from "../support/stand-in.ts";
import type { StandIn, WebEvent } from "../support/stand-in.ts";
import { aWorld } from "../support/world.ts";
import { npmHost } from "./npm-host.ts";
import { WITHOUT_PROXY } from "./without-proxy.ts";

const TOKEN = "npm_canary7d0f3a9b51c64e2817aa90b3c4";
const ENV = { COOP_TEST_TOKEN: TOKEN };
const NPM = npmHost();
const HOSTS = [NPM, "pypi.org", "files.pythonhosted.org"];

const scope = fileScope();
let project: Project;
let hosts: StandIn<WebEvent>;

beforeAll(async () => {
  const world = await aWorld(scope, HOSTS, { web: false });
  const configuration = JSON.stringify({ key: world.key, cert: world.certificate, npm: NPM });
  hosts = await aStandIn<WebEvent>(scope, world, "package-hosts", { PACKAGE_HOSTS: configuration });
  const common = { methods: ["GET"], addresses: [world.range] };
  project = await aProject(
    scope,
    {
      agents: {
        coder: {
          image: { packages: ["python3-pip"] },
          egress: ["npm", "pypi", "files"],
          resources: { memory: "1GiB" },
        },
      },
      credentials: { npm: { provider: "npm", from: "env:COOP_TEST_TOKEN" } },
      egress: {
        resolvers: [world.resolver],
        trust: "certs/hosts.pem",
        rules: [
          {
            name: "npm",
            host: NPM,
            paths: ["/coop_tiny", "/coop_tiny/**"],
            credential: "npm",
            ...common,
          },
          { name: "pypi", host: "pypi.org", paths: ["/simple/coop-tiny/"], ...common },
          { name: "files", host: "files.pythonhosted.org", paths: ["/packages/**"], ...common },
        ],
      },
    },
    { files: { "certs/hosts.pem": world.certificate } },
  );
  for (const args of [
    ["credentials", "grant", "env:COOP_TEST_TOKEN"],
    ["apply", "--yes"],
  ]) {
    // The image is built with pip.
    const ran = await project.coop(args, { env: ENV, timeoutMs: 500_000 });
    if (ran.code !== 0) throw new Error(ran.text);
  }
  await world.join(project);
  await world.answers(Object.fromEntries(HOSTS.map((host) => [host, [world.server]])));
});

describe.for([
  { way: "by the proxy", name: "a", before: [] },
  { way: "without a proxy", name: "b", before: ["env", ...WITHOUT_PROXY] },
])("packages in a sandbox, $way", ({ before, name }) => {
  const line = (text: string): Promise<Ran> => inside(project.named("sandbox.coder.0"), [...before, "sh", "-ec", text]);

  it("npm installs one through its rule, with the token that the gateway puts on", async () => {
    const ran = await line(
      "rm -rf /tmp/node && mkdir /tmp/node && cd /tmp/node && npm install coop_tiny && node -p 'require(\"coop_tiny\")'",
    );
    expect(ran.code, ran.text).toBe(0);
    expect(ran.out).toContain("hello from npm");
    const requests = (await hosts.told()).filter((each) => each.host === NPM);
    expect(requests.map((each) => each.path)).toEqual(
      expect.arrayContaining(["/coop_tiny", "/coop_tiny/-/coop_tiny-1.0.0.tgz"]),
    );
    for (const each of requests) expect(headersOf(each, "authorization")).toEqual([`Bearer ${TOKEN}`]);
  });

  it("npm is refused another package, and the log says why", async () => {
    const ran = await line(`cd /tmp && npm view other_${name} version`);
    expect(ran.code).not.toBe(0);
    expect(ran.text).toContain("403");
    expect((await project.coop(["logs", "--egress"])).text).toMatch(
      new RegExp(`DENY.*/other_${name}.*path-not-allowed`),
    );
  });

  it("pip installs one from two hosts, without a word about certificates", async () => {
    const ran = await line(
      "rm -rf /tmp/python && pip install --no-cache-dir --target /tmp/python coop-tiny && PYTHONPATH=/tmp/python python3 -c 'import coop_tiny; print(coop_tiny.GREETING)'",
    );
    expect(ran.code, ran.text).toBe(0);
    expect(ran.out).toContain("hello from pip");
    expect(ran.text).not.toMatch(/certificate|SSL/i);
    const requests = (await hosts.told()).filter((each) => each.host !== NPM);
    expect(new Set(requests.map((each) => each.host))).toEqual(
      new Set([undefined, "pypi.org", "files.pythonhosted.org"]),
    );
    for (const each of requests) expect(JSON.stringify(each)).not.toContain(TOKEN);
  });

  it("pip is refused another package, and the log says why", async () => {
    const ran = await line(`pip install --no-cache-dir --target /tmp/python other-${name}`);
    expect(ran.code).not.toBe(0);
    expect((await project.coop(["logs", "--egress"])).text).toMatch(
      new RegExp(`DENY.*/other-${name}/.*path-not-allowed`),
    );
  });
});
