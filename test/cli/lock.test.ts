import { randomUUID } from "node:crypto";
import { expect, it } from "vitest";
import { isLocked, withLock } from "../../src/cli/lock.ts";

it.runIf(process.platform === "linux")("is seen by others for as long as it is held, and disturbs nobody", async () => {
  const [engine, project] = [randomUUID(), "shop"];
  expect(await isLocked(engine, project)).toBe(false);
  await withLock(engine, project, "coop apply", async () => {
    expect([await isLocked(engine, project), await isLocked(engine, project)]).toEqual([true, true]);
    expect(await isLocked(engine, "blog")).toBe(false);
  });
  expect(await isLocked(engine, project)).toBe(false);
});
