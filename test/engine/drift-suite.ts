import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { movedTags } from "../../compilers/container/moved-tags.ts";
import { CONTAINER_PLAN_RULES } from "../../compilers/container/plan-rules.ts";
import { coloursFor } from "../../src/render/colours.ts";
import { planSummary } from "../../src/render/plan-summary.ts";
import { planText } from "../../src/render/plan-text.ts";
import { anAgent, fileOf } from "../conformance/suite-files.ts";
import { linesOf } from "../conformance/pipeline.ts";
import type { TestWorld } from "../conformance/test-world.ts";
import { bodyOf, inspect, make, recreate } from "../support/by-hand.ts";
import type { FileValue } from "../support/project.ts";
import { engine, runIn } from "../support/raw-engine.ts";
import { RECREATED } from "./drift-catalogue.ts";
import type { Names } from "./drift-catalogue.ts";
import { foundIn, saidAsDrift } from "./found-drift.ts";
import type { Found } from "./found-drift.ts";
import { LIVING, PLAIN } from "./living-catalogue.ts";
import type { LivingEntry } from "./living-catalogue.ts";
import { expectHardened } from "./oracle.ts";

/** So many sandboxes are drifted at once, each by one entry: one plan and one apply serve them all. */
const WIDTH = 10;

interface Round {
  readonly drifted: readonly PromiseSettledResult<unknown>[];
  readonly before: Awaited<ReturnType<TestWorld["plan"]>>;
  readonly healed: { readonly ended: Awaited<ReturnType<TestWorld["apply"]>>; readonly lines: readonly string[] };
}

/**
 * The catalogue of drift on an engine: each is found, said and healed. `takes` says which entries can be done on it by hand, by
 * their names.
 */
export function driftSuite(backend: string, open: () => Promise<TestWorld>, takes: (name: string) => boolean): void {
  let world: TestWorld;
  let file: FileValue;
  let names: Names;
  let tag: string;

  beforeAll(async () => {
    world = await open();
    const { project } = world;
    tag = `coop.local/drift-${project}:1`;
    await retag(world.baseImage);
    const plain = Array.from({ length: WIDTH }, (_, index) => [
      `plain-${index}`,
      anAgent({ volumes: [`cache-${index}:/cache`] }),
    ]);
    const agents = {
      ...Object.fromEntries(plain),
      web: anAgent({ egress: ["site"] }),
      tagged: anAgent({ image: { ref: tag } }),
    };
    file = fileOf(world, agents, { egress: { rules: [{ name: "site", host: "site.example.com" }] } });
    const ended = await world.apply(file);
    expect(ended.exit, ended.said).toBe(0);
    const name = (path: string): string => `coop.${project}.${path}`;
    const gateway = await inspect(name("gateway"));
    names = {
      plain: name("sandbox.plain-0.0"),
      tagged: name("sandbox.tagged.0"),
      web: name("sandbox.web.0"),
      forwarder: name("forwarder.sandbox.web.0"),
      gateway: name("gateway"),
      network: name("gateway"),
      cache: name("volume.cache-0"),
      policyVolume: name("policy"),
      otherImage: gateway["Config"].Image,
    };
  });

  afterAll(async () => {
    await world.close();
    await engine("DELETE", `/images/${encodeURIComponent(tag)}?noprune=1`).catch(() => undefined);
  });

  const onAnySandbox: readonly LivingEntry[] = [
    ...RECREATED.filter(({ name }) => takes(name)).map(({ name, pointer, change }): LivingEntry => {
      return {
        name,
        id: PLAIN,
        reason: "drifted",
        pointer,
        drift: (on) => recreate(on.plain, (body) => change(body, on)),
      };
    }),
    ...LIVING.filter((each) => each.id === PLAIN && takes(each.name)),
  ];

  describe(`${backend}: drift of a sandbox`, () => {
    it("is none when it was made anew by hand and nothing differs", async () => {
      await recreate(names.plain, (body) => body);
      expect(linesOf(await world.plan(file))).toEqual([]);
    });

    it.for(onAnySandbox.map((entry, index) => ({ ...entry, index })))("$name", async ({ reason, pointer, index }) => {
      const { drifted, before, healed } = await round(Math.floor(index / WIDTH));
      const at = index % WIDTH;
      if (drifted[at]?.status === "rejected") throw drifted[at].reason;
      expectFound(before, idAt(at), reason, pointer);
      expect(healed.ended.said).not.toContain(`${idAt(at)}: `);
      expect(healed.lines.filter((each) => each.includes(` ${idAt(at)} `))).toEqual([]);
    });

    it("is healed by one apply that says so", async () => {
      const rounds = Math.ceil(onAnySandbox.length / WIDTH);
      for (let at = 0; at < rounds; at += 1) expect((await round(at)).healed.ended).toMatchObject({ exit: 0 });
    });
  });

  describe(`${backend}: drift of what a project shares`, () => {
    it.for(LIVING.filter((each) => each.id !== PLAIN && takes(each.name)))(
      "$name",
      async ({ id, reason, pointer, drift }) => {
        await drift(names);
        await foundAndHealed(id, reason, pointer);
      },
    );

    it("an image tag is moved, which is told as such", async () => {
      const from = (await inspect(names.tagged))["Image"];
      await retag(names.otherImage);
      const to = (await engine("GET", `/images/${encodeURIComponent(tag)}/json`))["Id"];
      const { plan, reach } = await world.plan(file);
      const summary = planSummary(plan, CONTAINER_PLAN_RULES, reach, { moved: movedTags(plan.changes) });
      expect(summary.changes.map(({ id, moved }) => ({ id, moved }))).toEqual([
        { id: "container:sandbox.tagged.0", moved: { tag, from, to } },
      ]);
      const short = (id: string): string => id.slice(0, 19);
      const text = planText(summary, coloursFor(false));
      expect(text).toContain(`the tag ${tag} now points to another image: ${short(from)} → ${short(to)}\n`);
      expect(text).not.toContain("/image\n");
      await foundAndHealed("container:sandbox.tagged.0", "changed", "/image");
    });

    it("a volume is a folder of the host: found, and not healed without consent, for it may hold data", async () => {
      const { Labels } = await engine("GET", `/volumes/${names.cache}`);
      const body = await bodyOf(names.plain);
      await engine("DELETE", `/containers/${names.plain}?force=1`);
      await engine("DELETE", `/volumes/${names.cache}`);
      const DriverOpts = { type: "none", o: "bind", device: "/usr/share" };
      await engine("POST", "/volumes/create", { Name: names.cache, Labels, Driver: "local", DriverOpts });
      await make(names.plain, body);
      const id = "volume:volume.cache-0";
      expect(foundIn(await world.plan(file), id)).toMatchObject({
        action: "replace",
        destructive: true,
        reason: "drifted",
        pointers: ["/options"],
      });
      const held = await world.apply(file);
      expect(held).toMatchObject({ exit: 4, said: expect.stringContaining(id) });
      expect((await world.apply(file, { deleteData: true })).exit).toBe(0);
      expect(linesOf(await world.plan(file))).toEqual([]);
    });
  });

  describe(`${backend}: after all of it`, () => {
    it("everything is hardened by an oracle that is not coop's", async () => {
      await expectHardened(world.project);
    });

    it("a sandbox sees lo alone, and the pair of forwarder and gateway answers it", async () => {
      expect((await runIn(names.web, ["ls", "/sys/class/net"])).trim()).toBe("lo");
      const ask =
        "curl -s -o /dev/null -w %{http_code} --max-time 5 -x http://127.0.0.1:3128 http://elsewhere.example.com/";
      expect((await runIn(names.web, ["sh", "-c", ask])).trim()).toBe("403");
    });
  });

  const rounds = new Map<number, Promise<Round>>();

  function round(number: number): Promise<Round> {
    const known = rounds.get(number) ?? runRound(onAnySandbox.slice(number * WIDTH, (number + 1) * WIDTH));
    rounds.set(number, known);
    return known;
  }

  async function runRound(entries: readonly LivingEntry[]): Promise<Round> {
    const plain = (at: number): string => `coop.${world.project}.sandbox.plain-${at}.0`;
    const drifted = await Promise.allSettled(entries.map((each, at) => each.drift({ ...names, plain: plain(at) })));
    const before = await world.plan(file);
    const ended = await world.apply(file);
    return { drifted, before, healed: { ended, lines: linesOf(await world.plan(file)) } };
  }

  function idAt(at: number): string {
    return `container:sandbox.plain-${at}.0`;
  }

  async function foundAndHealed(id: string, reason: string, pointer: string | null): Promise<void> {
    expectFound(await world.plan(file), id, reason, pointer);
    const ended = await world.apply(file);
    expect(ended.exit, ended.said).toBe(0);
    expect(linesOf(await world.plan(file))).toEqual([]);
  }

  function expectFound(comparison: Round["before"], id: string, reason: string, pointer: string | null): void {
    const found: Found | null = foundIn(comparison, id);
    expect(found?.reason, JSON.stringify(linesOf(comparison))).toBe(reason);
    const isWanted = (each: string): boolean =>
      pointer?.startsWith("^") === true ? new RegExp(pointer).test(each) : each === pointer;
    if (pointer !== null) expect(found?.pointers.filter(isWanted), found?.pointers.join(", ")).not.toEqual([]);
    expect(saidAsDrift(comparison, id), "said as drift").toBe(reason === "drifted");
  }

  async function retag(image: string): Promise<void> {
    const [repo, version] = tag.split(/:(?=[^:]*$)/);
    await engine("POST", `/images/${encodeURIComponent(image)}/tag?repo=${repo}&tag=${version}`);
  }
}
