import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { execFileSync } from "node:child_process";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished, vi } from "vitest";
import { type Decision, decisionLog } from "../../src/gateway/decision-log.ts";
import { lineWriter } from "../../src/gateway/line-writer.ts";

const denied: Decision = {
  sandbox: "agent/coder/0",
  via: "name",
  host: "x.test",
  port: 0,
  method: null,
  path: null,
  rule: null,
  verdict: "deny",
  code: "host-not-allowed",
  status: null,
  bytesSent: 0,
  bytesReceived: 0,
  durationMs: 0,
};

it("says an equal denial once, and how many were left out when the time is over", () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const lines: Record<string, unknown>[] = [];
  const log = decisionLog((line) => lines.push(JSON.parse(line) as Record<string, unknown>), { now: () => 0 });
  for (let index = 0; index < 100; index += 1) log.decided(denied);
  for (let index = 0; index < 100; index += 1) log.decided({ ...denied, verdict: "allow", code: null });
  expect(lines).toHaveLength(101);
  vi.advanceTimersByTime(10_001);
  expect(lines.at(-1)).toMatchObject({ event: "denials-left-out", sandbox: "agent/coder/0", count: 99 });
});

// A package manager asks for one that is not allowed, and a moment later about itself: both are somebody's question.
it("says each path that is refused", () => {
  const lines: string[] = [];
  const log = decisionLog((line) => lines.push(line), { now: () => 0 });
  for (const path of ["/npm", "/wanted", "/npm"]) log.decided({ ...denied, path, code: "path-not-allowed" });
  expect(lines.map((line) => (JSON.parse(line) as Decision).path)).toEqual(["/npm", "/wanted"]);
});

it("bounds the lines of a sandbox that makes up names, without silencing another", () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const lines: string[] = [];
  const log = decisionLog((line) => lines.push(line), { now: () => 0 });
  for (let index = 0; index < 5000; index += 1) log.decided({ ...denied, host: `n${index}.test` });
  log.decided({ ...denied, sandbox: "agent/other/0" });
  expect(lines.length).toBeLessThanOrEqual(201);
  expect(lines.at(-1)).toContain("agent/other/0");
});

it("never waits for a reader that is stuck, and says how many lines that cost", async () => {
  const folder = mkdtempSync(join(tmpdir(), "coop-lines-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const pipe = join(folder, "pipe");
  execFileSync("mkfifo", [pipe]);
  const reader = openSync(pipe, "r+");
  const lines = lineWriter(openSync(pipe, "w"));
  const started = performance.now();
  for (let index = 0; index < 30_000; index += 1) lines.write(JSON.stringify({ index, text: "x".repeat(80) }));
  expect(performance.now() - started).toBeLessThan(2000);
  const heard: string[] = [];
  const flushed = lines.flush();
  const { read } = await import("node:fs/promises").then(async ({ open }) => ({ read: await open(pipe, "r") }));
  const drain = (async (): Promise<void> => {
    const buffer = Buffer.alloc(65_536);
    while (!heard.join("").includes("lines-dropped")) {
      const { bytesRead } = await read.read(buffer, 0, buffer.length, null);
      heard.push(buffer.subarray(0, bytesRead).toString());
    }
  })();
  await Promise.all([flushed, drain]);
  await read.close();
  closeSync(reader);
  expect(heard.join("")).toMatch(/"event":"lines-dropped","count":[1-9]/);
});

it("writes lines in order, whole", async () => {
  const folder = mkdtempSync(join(tmpdir(), "coop-lines-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const lines = lineWriter(openSync(join(folder, "log"), "w"));
  for (let index = 0; index < 5000; index += 1) lines.write(String(index));
  await lines.flush();
  expect(readFileSync(join(folder, "log"), "utf8").trim().split("\n")).toEqual(
    Array.from({ length: 5000 }, (_, index) => String(index)),
  );
});
