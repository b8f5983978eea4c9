import { afterEach, beforeEach, expect, it } from "vitest";
import { connectDocker } from "../../src/backends/docker/connect.ts";
import { dockerOperations } from "../../src/backends/docker/operations.ts";
import { aDockerWorld } from "../conformance/engine-world.ts";
import { linesOf } from "../conformance/pipeline.ts";
import { anAgent, fileOf, running } from "../conformance/suite-files.ts";
import type { TestWorld } from "../conformance/test-world.ts";
import { bodyOf, inspect, make } from "../support/by-hand.ts";
import type { FileValue } from "../support/project.ts";
import { engine, runIn } from "../support/raw-engine.ts";

/** What stands under names that coop uses besides those of its plan, and must be as it was afterwards. */
let world: TestWorld;

beforeEach(async () => {
  world = await aDockerWorld();
});

afterEach(() => world.close());

const named = (path: string): string => `coop.${world.project}.${path}`;

const allowing = (host: string): FileValue =>
  fileOf(world, { one: anAgent({ egress: ["web"] }), two: anAgent() }, { egress: { rules: [{ name: "web", host }] } });

// One that writes down every signal that reaches it.
async function stranger(name: string, more: FileValue = {}): Promise<string> {
  const script = "trap 'echo hit >>/signals' HUP TERM INT; while :; do sleep 0.1; done";
  const { Id } = await engine("POST", `/containers/create?name=${name}`, {
    Image: world.baseImage,
    User: "0",
    Entrypoint: ["/bin/sh", "-c", script],
    ...more,
  });
  await engine("POST", `/containers/${name}/start`);
  return String(Id);
}

async function expectUntouched(name: string, id: string): Promise<void> {
  const report = await inspect(name);
  expect(report["Id"]).toBe(id);
  expect(report["State"].Running).toBe(true);
  expect(await runIn(name, ["sh", "-c", "cat /signals 2>/dev/null; echo none"])).toBe("none\r\n");
}

it("sends no signal to somebody else's container that has the gateway's name", async () => {
  const id = await stranger(named("gateway"));
  const file = allowing("one.example.com");
  const ended = await world.apply(file);
  expect(ended.exit).toBe(1);
  expect(ended.said).toMatch(/container:gateway: error FOREIGN_OBJECT/);
  expect(await running(world)).toContain("container:sandbox.two.0");
  expect(linesOf(await world.plan(file))).toContain("create container:gateway missing");
  await world.apply(allowing("two.example.com"));
  await expectUntouched(named("gateway"), id);
});

it("removes no container of somebody else's that has the name of a helper", async () => {
  const id = await stranger(named("writer.policy"));
  const ended = await world.apply(allowing("one.example.com"));
  expect(ended.exit).toBe(1);
  expect(ended.said).toMatch(/policy:rules: error FOREIGN_OBJECT/);
  await expectUntouched(named("writer.policy"), id);
  expect(await running(world)).toContain("container:sandbox.two.0");
});

it("removes a helper of its own that a killed run left behind", async () => {
  const file = allowing("one.example.com");
  const Labels = {
    "coop.dev/project": world.project,
    "coop.dev/id": "container:writer.policy",
    "coop.dev/digest": "sha256:none",
    "coop.dev/scheme": "1",
  };
  await engine("POST", `/containers/create?name=${named("writer.policy")}`, { Image: world.baseImage, Labels });
  const ended = await world.apply(file);
  expect(ended.exit, ended.said).toBe(0);
});

it("leaves a copy of its labels where it is, also on a volume or in a network that goes", async () => {
  const file = fileOf(
    world,
    {
      one: anAgent({ volumes: ["cache:/cache"], egress: ["web"] }),
    },
    { egress: { rules: [{ name: "web", host: "one.example.com" }] } },
  );
  expect((await world.apply(file)).exit).toBe(0);
  const { Config } = await bodyOf(named("sandbox.one.0"));
  const copy = `${world.project}-copy`;
  const id = await stranger(copy, {
    Labels: Config["Labels"],
    HostConfig: {
      NetworkMode: named("gateway"),
      Mounts: [{ Type: "volume", Source: named("volume.cache"), Target: "/cache" }],
    },
  });
  // The engine refuses to remove what somebody else uses: said, and nothing is forced.
  const ended = await world.destroy(file, { deleteData: true });
  expect(ended.exit).toBe(1);
  await expectUntouched(copy, id);
  expect(Object.keys((await inspect(copy))["NetworkSettings"].Networks)).toEqual([named("gateway")]);
});

it("does not fill a volume that somebody else made between the look and the making", async () => {
  const file = fileOf(world, { one: anAgent({ volumes: ["cache:/cache"] }), two: anAgent() });
  const name = named("volume.cache");
  // The engine answers a create call for a volume that is there as if it had made it.
  const ended = await world.apply(file, { between: () => world.hand.squatVolume(name) });
  expect(ended.exit).toBe(1);
  expect(ended.said).toMatch(/volume:volume\.cache: error FOREIGN_OBJECT/);
  expect(await running(world)).toEqual(["container:sandbox.two.0"]);
});

it("takes no copy under another name for the sandbox that a person names", async () => {
  const file = fileOf(world, { one: anAgent() });
  await world.apply(file);
  const body = await bodyOf(named("sandbox.one.0"));
  await make(`${world.project}-copy`, body);
  const ours = (await inspect(named("sandbox.one.0")))["Id"];
  const { docker } = await connectDocker(process.env);
  const found = await dockerOperations(docker).list(world.project);
  expect(found.map(({ name, handle }) => ({ name, handle }))).toEqual([{ name: "one", handle: ours }]);
});
