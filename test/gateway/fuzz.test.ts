import { expect, it } from "vitest";
import { fuzz } from "./support/fuzz.ts";
import { fuzzIntercepted } from "./support/fuzz-intercepted.ts";

/** Of each; all of them at the same time, in one process, so that it costs one minute of one core. Longer in test/long. */
const MINUTE_MS = 60_000;

it(
  "survives a minute of mutated HTTP/1, HTTP/2 frames, TLS records and DNS packets",
  { timeout: 240_000 },
  async () => {
    const sent = await Promise.all([
      fuzz("request heads", MINUTE_MS, 20_260_801),
      fuzz("DNS packets", MINUTE_MS, 20_260_801),
      fuzzIntercepted("HTTP/2 frames", MINUTE_MS, 20_261_121),
      fuzzIntercepted("TLS records", MINUTE_MS, 20_261_121),
    ]);
    for (const each of sent) expect(each).toBeGreaterThan(200);
  },
);

it.for(["frames", "client hellos"] as const)("survives mutated %s", { timeout: 30_000 }, async (target) => {
  expect(await fuzz(target, 2000, 20_260_801)).toBeGreaterThan(50);
});

it("survives mutated requests in TLS", { timeout: 60_000 }, async () => {
  expect(await fuzzIntercepted("requests in TLS", 2000, 20_261_121)).toBeGreaterThan(30);
});
