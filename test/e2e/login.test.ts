import { beforeAll, describe, expect, it } from "vitest";
import { eventually, must } from "./support/command.ts";
import { shell } from "./support/containers.ts";
import { aProject } from "./support/project.ts";
import type { Project } from "./support/project.ts";
import { fileScope } from "./support/scope.ts";
import { aWorld } from "./support/world.ts";
import type { Seen, World } from "./support/world.ts";

const ACCESS = "canary-access-8d1f0a77c3d94b86";
const REFRESH = "canary-refresh-2b9e4f61d0a87c35";

/** An address of others, which is routed to the stand-in in the namespaces of this test alone. */
const PUBLIC = "1.1.1.1";

const scope = fileScope();
let world: World;
let project: Project;

beforeAll(async () => {
  world = await aWorld(scope, ["api.vendor.test", "login.vendor.test"]);
  const rule = { name: "api", host: "api.vendor.test", paths: ["/**"], credential: "login", addresses: [world.range] };
  project = await aProject(
    scope,
    {
      agents: { coder: { egress: ["api"], resources: { memory: "1GiB" } } },
      credentials: { login: { provider: "bearer", hosts: ["api.vendor.test"] } },
      egress: { resolvers: [world.resolver], trust: "certs/vendor.pem", rules: [rule] },
    },
    { files: { "certs/vendor.pem": world.certificate } },
  );
});

const curl = (ask: string): Promise<string> =>
  shell(project.named("sandbox.coder.0"), `curl -s -m 30 -w '\n%{http_code}' ${ask}`);

async function store(expiresAt: string, which: string, words: readonly string[]): Promise<void> {
  const login = {
    accessToken: ACCESS + which,
    refreshToken: REFRESH + which,
    expiresAt,
    tokenUrl: "https://login.vendor.test/token",
    clientId: "c",
  };
  const stored = await project.coop(["credentials", ...words], { input: JSON.stringify(login) });
  expect(stored.code, stored.text).toBe(0);
}

describe("a login in the vault", () => {
  it("goes into requests, and the gateway is asked at each apply what it has renewed", async () => {
    expect((await project.coop(["credentials", "init", "--key-file"])).code).toBe(0);
    await store("2100-01-01T00:00:00Z", "", ["set", "login", "--kind", "oauth"]);
    expect((await project.coop(["credentials", "grant", "login"])).code).toBe(0);
    await project.apply();
    await world.join(project);
    await world.answers({ "api.vendor.test": [world.server], "login.vendor.test": [world.server] });
    expect(await curl("https://api.vendor.test/v1/a")).toBe("stand-in /v1/a\n\n200");
    const [seen] = (await world.seen()).filter((each) => each.kind === "request" && each.path === "/v1/a");
    expect(seen?.headers).toEqual(expect.arrayContaining([`Bearer ${ACCESS}`]));
    const again = await project.coop(["apply", "--yes"]);
    expect(again.code).toBe(0);
    expect(again.text).not.toMatch(/warning|renewed/);
  });

  it("that is over is renewed by the gateway alone, whose rules for addresses hold for that as well", async () => {
    await store("2001-01-01T00:00:00Z", "-2", ["rotate", "login"]);
    const applied = await project.apply();
    await world.join(project);
    const said = await curl("https://api.vendor.test/v1/b");
    expect(said).toMatch(/"code":"credential-expired".*its access token is over.*\n502$/s);
    // The stand-in lies in a range that is nobody's: no rule opens it for the gateway itself.
    const refused =
      /"event":"credential-not-renewed","credential":"login","reason":"address-refused: [^"]+","final":false/;
    let logged = "";
    // What the gateway writes comes to the engine's log by another way than its answer to the client.
    await eventually("the log says so", async () => {
      logged = await must(["docker", "logs", project.named("gateway")]);
      return refused.test(logged);
    });
    const requests = (await world.seen()).filter((each) => each.kind === "request");
    expect(requests.map((each) => each.path)).not.toContain("/token");
    for (const text of [applied, said, logged]) expect(text).not.toMatch(/canary/);
  });

  it("is renewed once for all requests at that moment, and outlives the gateway by the vault", async () => {
    await world.standIn([PUBLIC]);
    await store("2001-01-01T00:00:00Z", "-3", ["rotate", "login"]);
    const texts = [await project.apply()];
    await world.join(project, [PUBLIC]);
    await world.answers({ "api.vendor.test": [world.server], "login.vendor.test": [PUBLIC] });
    const all = Array.from({ length: 8 }, (_, at) => `-o /tmp/${at} https://api.vendor.test/v1/at-once`).join(
      " --next -s ",
    );
    texts.push(await shell(project.named("sandbox.coder.0"), `curl -sZ -m 60 ${all}; cat /tmp/[0-7]`));
    const asked = async (path: string): Promise<readonly Seen[]> =>
      (await world.seen()).filter((each) => each.kind === "request" && each.path === path);
    const arrived = await asked("/v1/at-once");
    expect(arrived).toHaveLength(8);
    for (const each of arrived)
      expect(each.headers).toEqual(expect.arrayContaining([`Bearer renewed-of-${REFRESH}-3`]));
    expect((await asked("/token")).map((each) => each.to)).toEqual([expect.stringContaining(PUBLIC)]);
    // The refresh token is used up: only what the gateway has renewed is still good, and the apply brings it home.
    texts.push(await project.apply());
    await must(["docker", "restart", "-t", "1", project.named("gateway")]);
    texts.push(await project.apply());
    await world.join(project, [PUBLIC]);
    expect(await curl("https://api.vendor.test/v1/afterwards")).toMatch(/\n200$/);
    const [later] = await asked("/v1/afterwards");
    expect(later?.headers).toEqual(expect.arrayContaining([`Bearer renewed-of-${REFRESH}-3`]));
    expect(await asked("/token")).toHaveLength(1);
    const logged = await must(["docker", "logs", project.named("gateway")]);
    expect(logged).toMatch(/"event":"credential-renewed","credential":"login"/);
    for (const text of [...texts, logged]) expect(text).not.toMatch(/canary/);
  });
});
