import { describe, expect, it } from "vitest";
import { Wakes } from "../../src/reconcile/wakes.ts";
import { chanceOf } from "./simulator/chance.ts";
import { Scheduler } from "./simulator/scheduler.ts";

const never = new AbortController().signal;

function aQueue(): { readonly time: Scheduler; readonly wakes: Wakes; readonly start: number } {
  const time = new Scheduler(chanceOf(1));
  return { time, wakes: new Wakes(time), start: time.now() };
}

describe("wakes", () => {
  it("are one pass, however many come, when it has been quiet for 50 ms", async () => {
    const { time, wakes, start } = aQueue();
    for (const each of ["die", "die", "start"]) wakes.add(each);
    const next = wakes.next(Number.POSITIVE_INFINITY, never);
    await time.until(next, 10_000);
    expect(await next).toEqual(["die", "start"]);
    expect(time.now() - start).toBe(50);
  });

  it("wait no longer than 500 ms, also when there is never quiet", async () => {
    const { time, wakes, start } = aQueue();
    const noise = (async () => {
      for (let saves = 0; saves < 1000; saves += 1) {
        wakes.add("save");
        await time.sleep(1, never);
      }
    })();
    const next = wakes.next(Number.POSITIVE_INFINITY, never);
    await time.until(next, 10_000);
    expect(time.now() - start).toBe(500);
    await time.until(noise, 10_000);
  });

  it("that come during a pass are exactly one more", async () => {
    const { time, wakes } = aQueue();
    wakes.add("one");
    const first = wakes.next(Number.POSITIVE_INFINITY, never);
    await time.until(first, 10_000);
    for (let times = 0; times < 5; times += 1) wakes.add("during the pass");
    const second = wakes.next(Number.POSITIVE_INFINITY, never);
    await time.until(second, 10_000);
    expect(await second).toEqual(["during the pass"]);
    const third = wakes.next(time.now() + 60_000, never);
    await time.until(third, 100_000);
    expect(await third).toEqual(["time"]);
  });

  it("that are urgent wait for nothing, and what is due comes when it is due", async () => {
    const { time, wakes, start } = aQueue();
    wakes.add("slow");
    wakes.add("edited", true);
    const next = wakes.next(Number.POSITIVE_INFINITY, never);
    await time.until(next, 10_000);
    expect(time.now() - start).toBe(0);
    const due = wakes.next(start + 30, never);
    wakes.add("slow");
    await time.until(due, 10_000);
    expect(time.now() - start).toBe(30);
  });

  it("end with the signal", async () => {
    const { time, wakes } = aQueue();
    const stop = new AbortController();
    const next = wakes.next(Number.POSITIVE_INFINITY, stop.signal);
    stop.abort();
    await time.until(next, 10_000);
    expect(await next).toEqual([]);
  });
});
