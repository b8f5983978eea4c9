import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { fingerprintOf } from "../../src/sources/file-fingerprint.ts";
import { FileWatch } from "../../src/sources/watch-files.ts";
import type { WatchFolder } from "../../src/sources/watch-files.ts";
import { chanceOf } from "../reconcile/simulator/chance.ts";
import { Scheduler } from "../reconcile/simulator/scheduler.ts";
import type { Clock } from "../../src/ports/clock.ts";

const CLOCK: Clock = {
  now: () => Date.now(),
  sleep: (ms, signal) => sleep(ms, undefined, { signal }),
};

let folder: string;
let stop: AbortController;
let seen: string[];
let told: string[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "coop-watch-"));
  stop = new AbortController();
  [seen, told] = [[], []];
});

afterEach(() => {
  stop.abort();
  rmSync(folder, { recursive: true });
});

const at = (name: string): string => join(folder, name);

function watching(paths: readonly string[], pollMs = 60_000, watchFolder?: WatchFolder): FileWatch {
  const watch = new FileWatch(CLOCK, (problem) => told.push(problem), { quietMs: 20, pollMs }, watchFolder);
  watch.follow(paths);
  void (async () => {
    for await (const path of watch.edits(stop.signal)) seen.push(path);
  })();
  return watch;
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await sleep(5);
}

describe("a watched file", () => {
  it("is heard of however it is written: in place, renamed over, deleted and made again, behind a swapped link", async () => {
    const path = at("coop.yaml");
    writeFileSync(path, "one");
    watching([path]);
    const ways: readonly (() => void)[] = [
      () => writeFileSync(path, "in place"),
      () => {
        writeFileSync(at("tmp"), "renamed over");
        renameSync(at("tmp"), path);
      },
      () => rmSync(path),
      () => writeFileSync(path, "made again"),
      () => {
        mkdirSync(at("v1"));
        writeFileSync(join(at("v1"), "coop.yaml"), "behind a link");
        symlinkSync("v1", at("..data"));
        rmSync(path);
        symlinkSync("..data/coop.yaml", path);
      },
      () => {
        mkdirSync(at("v2"));
        writeFileSync(join(at("v2"), "coop.yaml"), "behind another");
        symlinkSync("v2", at("..data_tmp"));
        renameSync(at("..data_tmp"), at("..data"));
      },
      () => writeFileSync(join(at("v2"), "coop.yaml"), "in place behind a link"),
    ];
    for (const [index, write] of ways.entries()) {
      write();
      await until(() => seen.length === index + 1);
    }
  });

  it("counts when it stands still, and not while it moves", async () => {
    const path = at("coop.yaml");
    writeFileSync(path, "start");
    const time = new Scheduler(chanceOf(1));
    const stirs: (() => void)[] = [];
    const watchFolder: WatchFolder = (_, changed) => {
      stirs.push(changed);
      return { close: () => undefined };
    };
    const rules = { quietMs: 20, pollMs: 60_000 };
    const watch = new FileWatch(time, (problem) => told.push(problem), rules, watchFolder);
    watch.follow([path]);
    void (async () => {
      for await (const each of watch.edits(stop.signal)) seen.push(each);
    })();
    const saves = async (count: number): Promise<void> => {
      for (let save = 0; save < count; save += 1) {
        writeFileSync(path, `save ${save}`);
        for (const stir of stirs) stir();
        await time.sleep(1, stop.signal);
      }
    };
    await time.until(saves(1000), 10_000);
    expect(seen).toEqual([]);
    await time.until(time.sleep(40, stop.signal), 10_000);
    expect(seen).toEqual([path]);
    expect(watch.settled(path)).toBe(fingerprintOf(path));
  });

  it("that is written as it was is no news, and neither is another file beside it", async () => {
    const path = at("coop.yaml");
    writeFileSync(path, "same");
    watching([path]);
    writeFileSync(path, "same");
    writeFileSync(at(".coop.yaml.swp"), "an editor's");
    await sleep(150);
    expect(seen).toEqual([]);
  });

  it("that is not there yet, in a folder that is not there yet, is seen by the poll", async () => {
    const path = join(at("later"), "prompt.md");
    watching([path], 30);
    mkdirSync(at("later"));
    writeFileSync(path, "hello");
    await until(() => seen.length > 0);
    expect(seen).toEqual([path]);
  });

  it("of a machine without watches left is looked at by the clock, which is said once", async () => {
    const path = at("coop.yaml");
    writeFileSync(path, "one");
    const refuse: WatchFolder = () => {
      throw Object.assign(new Error("no space"), { code: "ENOSPC" });
    };
    watching([path, at("other")], 30, refuse);
    writeFileSync(path, "two");
    await until(() => seen.length === 1);
    expect(told).toHaveLength(1);
    expect(told[0]).toContain("ENOSPC");
  });
});
