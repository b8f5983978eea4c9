import { createServer } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import { metricsAddress } from "../../../src/cli/watch/metrics-address.ts";
import { serveMetrics } from "../../../src/cli/watch/metrics-server.ts";
import { WatchMetrics } from "../../../src/cli/watch/watch-metrics.ts";
import { initialState, UNKNOWN_OBJECT } from "../../../src/reconcile/state.ts";
import type { ProjectState } from "../../../src/reconcile/state.ts";

const state = (given: Partial<ProjectState>): ProjectState => ({ ...initialState(0), project: "shop", ...given });

describe("an address of metrics", () => {
  it.each([
    ["9464", { host: "127.0.0.1", port: 9464 }],
    [":9464", { host: "127.0.0.1", port: 9464 }],
    ["0.0.0.0:80", { host: "0.0.0.0", port: 80 }],
    ["[::1]:9464", { host: "::1", port: 9464 }],
    ["localhost:9464", { host: "localhost", port: 9464 }],
  ])("is %s", (text, expected) => expect(metricsAddress(text)).toEqual(expected));

  it.each(["", "x", "0", "70000", "host", "a:b:1", "::1:9464", "9464 "])("is not %j", (text) =>
    expect(metricsAddress(text)).toBeNull(),
  );
});

describe("metrics", () => {
  it("tell of passes, drift, changes, objects, the phase and the gateway, and of nothing else", async () => {
    const metrics = await WatchMetrics.make();
    const counters = { ...initialState(0).counters, passes: 1, lastPassMs: 40, driftFound: 2, driftHealed: 1 };
    const objects = new Map([
      ["container:a", UNKNOWN_OBJECT],
      ["container:b", { ...UNKNOWN_OBJECT, standing: { kind: "starting" } }],
    ] as const);
    const pass = state({ phase: "blocked", counters, objects });
    metrics.report({ kind: "pass", state: pass, woken: [], going: 0 });
    // The same state again is no second pass.
    metrics.report({ kind: "state", state: pass });
    for (const line of [
      '{"verdict":"allow","code":null}',
      '{"verdict":"deny","code":"host-not-allowed"}',
      "{}",
      "x",
      "1",
    ])
      metrics.decided(line);
    const text = await metrics.text();
    const lines = text.split("\n").filter((line) => !line.startsWith("#") && !line.includes("_bucket") && line !== "");
    expect(lines.map((line) => line.replace(',project="shop"', "").replace('{project="shop"}', ""))).toEqual([
      "coop_pass_duration_seconds_sum 0.04",
      "coop_pass_duration_seconds_count 1",
      'coop_drift_total{what="found"} 2',
      'coop_drift_total{what="healed"} 1',
      'coop_objects{state="ready"} 1',
      'coop_objects{state="starting"} 1',
      'coop_phase{phase="converged"} 0',
      'coop_phase{phase="progressing"} 0',
      'coop_phase{phase="blocked"} 1',
      'coop_phase{phase="failed"} 0',
      'coop_gateway_decisions_total{verdict="allow",code=""} 1',
      'coop_gateway_decisions_total{verdict="deny",code="host-not-allowed"} 1',
    ]);
    expect(text).toContain('coop_pass_duration_seconds_bucket{le="0.05",project="shop"} 1');
  });

  it("are served at one path, and an address that is taken is told with a way out", async () => {
    const server = await serveMetrics(await WatchMetrics.make(), { host: "127.0.0.1", port: await aFreePort() });
    onTestFinished(() => void server.close());
    const address = server.address();
    const port = typeof address === "object" ? (address?.port ?? 0) : 0;
    const get = (path: string, method = "GET"): Promise<Response> =>
      fetch(`http://127.0.0.1:${port}${path}`, { method });
    const answer = await get("/metrics");
    expect([answer.status, answer.headers.get("content-type")]).toEqual([200, expect.stringContaining("text/plain")]);
    expect(await answer.text()).toContain("# TYPE coop_phase gauge");
    expect([(await get("/")).status, (await get("/metrics", "POST")).status]).toEqual([404, 405]);
    await expect(serveMetrics(await WatchMetrics.make(), { host: "127.0.0.1", port })).rejects.toMatchObject({
      code: "USAGE",
      message: expect.stringContaining(`127.0.0.1:${port}`),
    });
  });
});

function aFreePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === "object" ? (address?.port ?? 0) : 0));
    });
  });
}
