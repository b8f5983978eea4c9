import { beforeAll, describe, expect, it } from "vitest";
import { shell } from "./support/containers.ts";
import { aProject } from "./support/project.ts";
import type { Project } from "./support/project.ts";
import { fileScope } from "./support/scope.ts";
import { aWorld } from "./support/world.ts";
import type { World } from "./support/world.ts";

const FIRST = "canary-first-9b1f6e2d70c4a853";
const SECOND = "canary-second-2c8e47a1f05d9b36";

const scope = fileScope();
let world: World;
let project: Project;

beforeAll(async () => {
  world = await aWorld(scope, ["api.vendor.test"]);
  const rule = { name: "api", host: "api.vendor.test", credential: "vendor", addresses: [world.range] };
  project = await aProject(
    scope,
    {
      agents: {
        coder: { egress: ["api"], resources: { memory: "1GiB" }, environment: { DB_KEY: { credential: "db" } } },
      },
      credentials: {
        vendor: { header: "X-Api-Key", hosts: ["api.vendor.test"] },
        db: { header: "X", hosts: ["db.test"] },
      },
      egress: { resolvers: [world.resolver], trust: "certs/vendor.pem", rules: [rule] },
    },
    { files: { "certs/vendor.pem": world.certificate } },
  );
});

async function coop(words: string, stdin?: string): Promise<string> {
  const ran = await project.coop(words.split(" "), stdin === undefined ? {} : { input: stdin });
  expect(ran.text).not.toMatch(/canary-|warning: the gateway|mistake/u);
  return `${ran.code} ${ran.text}`;
}

const sandbox = (): string => project.named("sandbox.coder.0");

async function keyThatArrives(path: string): Promise<readonly string[]> {
  await shell(sandbox(), `curl -s -m 20 https://api.vendor.test${path}`);
  const seen = (await world.seen()).find((each) => each.kind === "request" && each.path === path);
  const headers = seen?.headers ?? [];
  return headers.filter((_, at) => at % 2 === 1 && headers[at - 1]?.toLowerCase() === "x-api-key");
}

describe("values in the vault", () => {
  it("are asked for all at once, before anything is made", async () => {
    const refused = await coop("apply --yes");
    expect(refused).toMatch(/^4 /u);
    for (const source of ["vault:vendor", "vault:db"]) expect(refused).toContain(`coop credentials grant ${source}`);
    expect(await coop("credentials grant")).toMatch(/^0 /u);
    const missing = await coop("apply --yes");
    expect(missing).toMatch(/^1 /u);
    for (const name of ["vendor", "db"]) expect(missing).toContain(`${name} (vault:${name}) is not stored`);
    expect(missing).toContain("coop credentials init");
  });

  it("arrive where they are meant to: in requests, and in a variable", async () => {
    expect(await coop("credentials init --key-file")).toMatch(/^0 /u);
    expect(await coop("credentials set vendor", FIRST)).toMatch(/^0 /u);
    expect(await coop("credentials set db", SECOND)).toMatch(/^0 /u);
    expect(await coop("apply --yes")).toMatch(/^0 /u);
    await world.join(project);
    await world.answers({ "api.vendor.test": [world.server] });
    expect(await keyThatArrives("/first")).toEqual([FIRST]);
    expect(await shell(sandbox(), "cat /proc/*/environ 2>/dev/null | tr '\\0' '\\n' | grep ^DB_KEY=")).toContain(
      SECOND,
    );
  });

  it("leave nothing to change, and nothing that the gateway does not say", async () => {
    expect(await coop("plan --detailed-exitcode")).toMatch(/^0 /u);
    expect(await coop("apply --yes")).toMatch(/^0 [^]*nothing had to change/u);
  });

  it("are new after a rotation and an apply; the sandbox goes on", async () => {
    const started = await shell(sandbox(), "cat /proc/1/stat");
    expect(await coop("credentials rotate vendor", SECOND)).toMatch(/^0 /u);
    expect(await coop("plan --detailed-exitcode")).toMatch(/^2 /u);
    expect(await coop("apply --yes")).toMatch(/^0 /u);
    expect(await keyThatArrives("/second")).toEqual([SECOND]);
    expect((await shell(sandbox(), "cat /proc/1/stat")).split(" ")[21]).toBe(started.split(" ")[21]);
  });

  it("are out of the gateway the moment they are removed", async () => {
    expect(await coop("credentials rm vendor --yes")).toMatch(/^0 [^]*has no value any more of: vendor\./u);
    expect(await keyThatArrives("/removed")).toEqual([]);
    expect((await world.seen()).filter((each) => each.path === "/removed")).toEqual([]);
  });

  it("are given no more when the grant was taken back", async () => {
    expect(await coop("credentials revoke vendor")).toMatch(/^0 /u);
    expect(await coop("apply --yes")).toMatch(/^4 [^]*coop credentials grant vault:vendor/u);
  });
});
