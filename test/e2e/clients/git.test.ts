import { beforeAll, describe, expect, it } from "vitest";
import { must } from "../support/command.ts";
import type { Ran } from "../support/command.ts";
import { inside } from "../support/containers.ts";
import { aProject } from "../support/project.ts";
import type { Project } from "../support/project.ts";
import { WITHOUT_PROXY } from "./without-proxy.ts";
import { fileScope } from "../support/scope.ts";
import { aStandIn, headersOf } from "../support/stand-in.ts";
import type { StandIn, WebEvent } from "../support/stand-in.ts";
import { aWorld } from "../support/world.ts";

const TOKEN = "ghp_canary7d0f3a9b51c64e2817aa90";
const BASIC = `Basic ${Buffer.from(`x-access-token:${TOKEN}`).toString("base64")}`;
const URL = "https://github.com/acme/shop.git";
const ENV = { COOP_TEST_TOKEN: TOKEN };

const scope = fileScope();
let project: Project;
let forge: StandIn<WebEvent>;

const git = (...args: readonly string[]): Promise<Ran> => inside(project.named("sandbox.coder.0"), ["git", ...args]);
const there = (...args: readonly string[]): Promise<string> =>
  must(["docker", "exec", forge.container, "git", "-C", "/tmp/repositories/acme/shop.git", ...args]);

beforeAll(async () => {
  const world = await aWorld(scope, ["github.com"], { web: false });
  const configuration = { key: world.key, cert: world.certificate, authorization: BASIC };
  const repositories = ["acme/shop.git", "acme/other.git"];
  forge = await aStandIn<WebEvent>(scope, world, "git-host", {
    GIT_HOST: JSON.stringify({ ...configuration, repositories }),
  });
  const rule = { name: "forge", host: "github.com", methods: ["GET", "POST"], paths: ["/acme/shop.git/**"] };
  project = await aProject(
    scope,
    {
      agents: { coder: { egress: ["forge"], resources: { memory: "1GiB" } } },
      credentials: { github: { provider: "github", from: "env:COOP_TEST_TOKEN" } },
      egress: {
        resolvers: [world.resolver],
        trust: "certs/forge.pem",
        rules: [{ ...rule, credential: "github", addresses: [world.range] }],
      },
    },
    { files: { "certs/forge.pem": world.certificate } },
  );
  for (const args of [
    ["credentials", "grant", "env:COOP_TEST_TOKEN"],
    ["apply", "--yes"],
  ]) {
    const ran = await project.coop(args, { env: ENV });
    if (ran.code !== 0) throw new Error(ran.text);
  }
  await world.join(project);
  await world.answers({ "github.com": [world.server] });
});

describe("git in a sandbox, over https, with a token that the gateway puts on", () => {
  it.for([
    ["https", URL],
    ["git@", "git@github.com:acme/shop.git"],
    ["ssh", "ssh://git@github.com/acme/shop.git"],
  ])("clones what the path rule allows: %s", async ([name = "", url = ""]) => {
    const cloned = await git("clone", url, `/tmp/${name}`);
    expect(cloned.code, cloned.text).toBe(0);
    expect((await inside(project.named("sandbox.coder.0"), ["cat", `/tmp/${name}/README.md`])).out).toBe(
      "This is acme/shop.git\n",
    );
  });

  it("clones without a proxy as well", async () => {
    const cloned = await inside(project.named("sandbox.coder.0"), [
      "env",
      ...WITHOUT_PROXY,
      "git",
      "clone",
      URL,
      "/tmp/direct",
    ]);
    expect(cloned.code, cloned.text).toBe(0);
  });

  it("pushes a branch to a remote of ssh, also one that is sent in pieces", async () => {
    const sandbox = project.named("sandbox.coder.0");
    const work =
      "cd /tmp/git@ && git switch -c work && head -c 5000000 /dev/urandom > large && git add -A && git -c user.name=A -c user.email=a@b commit -qm Large && git push origin work";
    const pushed = await inside(sandbox, ["sh", "-c", work]);
    expect(pushed.code, pushed.text).toBe(0);
    const commit = (await inside(sandbox, ["git", "-C", "/tmp/git@", "rev-parse", "HEAD"])).out;
    expect(await there("rev-parse", "work")).toBe(commit);
    const again = await git("clone", "-q", "-b", "work", URL, "/tmp/again");
    expect(again.code, again.text).toBe(0);
  });

  it("sends the token as Basic in every request, and never the placeholder", async () => {
    const requests = (await forge.told()).filter((each) => each.kind === "request");
    expect(requests.length).toBeGreaterThanOrEqual(8);
    for (const each of requests) expect([each.path, headersOf(each, "authorization")]).toEqual([each.path, [BASIC]]);
    expect(requests.some((each) => headersOf(each, "transfer-encoding")[0] === "chunked")).toBe(true);
  });

  it.for(["HTTP/1.1", "HTTP/2"])("is refused another repository, in words: %s", async (version) => {
    const refused = await git(
      "-c",
      `http.version=${version}`,
      "clone",
      "https://github.com/acme/other.git",
      "/tmp/other",
    );
    expect(refused.code).toBe(128);
    expect(refused.text).toContain("403");
    expect(refused.text).toContain("Rule forge does not allow this path.");
    expect((await forge.told()).some((each) => each.path?.startsWith("/acme/other.git"))).toBe(false);
  });
});
