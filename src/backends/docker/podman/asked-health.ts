import { existsSync } from "node:fs";
import { get, NATIVE } from "./errand.ts";
import type { Errand } from "./errand.ts";
import { fieldsOf, listIn, numberIn, textIn, textsIn } from "./json.ts";
import type { Fields } from "./json.ts";

const MILLISECOND = 1_000_000;

/**
 * Has Podman ask a health check that is due: it does so by timers of systemd's, and where there are none nobody would. Whether
 * it was asked.
 */
export async function askHealth({ ask, call, name }: Errand, native: Fields): Promise<boolean> {
  if (existsSync("/run/systemd/system") || !isDue(native, Date.now())) return false;
  // Between the look and this it may have ended, which the next look tells.
  await ask(get(`${NATIVE}/containers/${name}/healthcheck`, call)).catch(() => undefined);
  return true;
}

/** Whether a running container's check was last asked longer ago than its interval. Pure. */
export function isDue(native: Fields, now: number): boolean {
  const { Running: runs, Paused: paused, Health: health } = fieldsOf(native["State"]);
  const { Test, Interval } = fieldsOf(fieldsOf(native["Config"])["Healthcheck"]);
  const test = textsIn(Test);
  if (runs !== true || paused === true || test.length === 0 || test[0] === "NONE") return false;
  const last = Date.parse(textIn(fieldsOf(listIn(fieldsOf(health)["Log"]).at(-1))["End"]));
  return Number.isNaN(last) || now - last >= numberIn(Interval) / MILLISECOND;
}
