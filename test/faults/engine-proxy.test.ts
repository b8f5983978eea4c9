import { mkdtempSync, rmSync } from "node:fs";
import { createServer, request } from "node:http";
import type { IncomingMessage } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { engineProxy } from "./engine-proxy.ts";
import type { EngineProxy } from "./engine-proxy.ts";
import type { Fault } from "./fault.ts";

let folder: string;
let proxy: EngineProxy;
let heard: string[];
let close: () => void;

// An engine that remembers what it heard to the end, streams, and lends its connection.
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "coop-proxy-test-"));
  heard = [];
  const engine = createServer((asked, answer) => {
    const hear = async (): Promise<void> => {
      heard.push(`${asked.method} ${asked.url} ${await text(asked).catch(() => "(cut off)")}`);
      if (asked.url?.startsWith("/events") === true) {
        answer.writeHead(200).write("one\n");
        setTimeout(() => answer.end("two\n"), 50);
      } else answer.writeHead(201, { "content-type": "application/json" }).end(JSON.stringify({ Id: "a".repeat(64) }));
    };
    void hear();
  });
  engine.on("upgrade", (asked, socket, head: Buffer) => {
    heard.push(`${asked.method} ${asked.url} upgraded`);
    socket.write("HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n");
    socket.write(head);
    socket.pipe(socket);
  });
  const path = join(folder, "engine.sock");
  await new Promise<void>((resolve) => engine.listen(path, resolve));
  close = () => {
    engine.close();
    engine.closeAllConnections();
  };
  proxy = await engineProxy({ path: join(folder, "proxy.sock"), engine: path, project: "shop" });
});

afterEach(async () => {
  await proxy.close();
  close();
  rmSync(folder, { recursive: true, force: true });
});

const socketPath = (): string => proxy.address.slice("unix://".length);

function ask(method: string, path: string, body = ""): Promise<{ readonly status: number; readonly body: string }> {
  return new Promise((resolve, reject) => {
    const headers = { "content-length": Buffer.byteLength(body) };
    const asked = request(
      { socketPath: socketPath(), method, path, headers, agent: false },
      (answer: IncomingMessage) => {
        text(answer).then((said) => resolve({ status: answer.statusCode ?? 0, body: said }), reject);
      },
    );
    asked.on("error", reject).end(body);
  });
}

const always = (fault: Fault) => (): Fault => fault;

it("passes calls, streams and bodies on as they are, and writes down their names", async () => {
  expect((await ask("POST", "/v1.41/containers/create?name=coop.shop.one", '{"Image":"x"}')).status).toBe(201);
  expect((await ask("POST", `/containers/${"a".repeat(64)}/start`)).status).toBe(201);
  expect((await ask("GET", "/events")).body).toBe("one\ntwo\n");
  expect(heard).toEqual([
    'POST /v1.41/containers/create?name=coop.shop.one {"Image":"x"}',
    `POST /containers/${"a".repeat(64)}/start `,
    "GET /events ",
  ]);
  expect(proxy.calls.map((each) => each.key)).toEqual([
    "POST containers/create one #1",
    "POST containers/one/start #1",
    "GET events #1",
  ]);
});

it("passes a connection on that becomes a stream, each direction to its own end", async () => {
  const socket = connect({ path: socketPath(), allowHalfOpen: true });
  socket.write("POST /exec/x/start HTTP/1.1\r\nHost: e\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\nhel");
  setTimeout(() => socket.end("lo"), 50);
  expect(await text(socket)).toBe("HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\nhello");
});

it("kills before the engine hears of it, in the middle of a body, and after the engine has done it", async () => {
  const killed: string[] = [];
  for (const kind of ["kill-before", "kill-amid", "kill-after"] as const) {
    proxy.arm(always({ kind }), () => killed.push(kind));
    await expect(ask("PUT", "/containers/one/archive?path=/", "x".repeat(1000))).rejects.toThrow();
    await vi.waitFor(() => expect(heard).toHaveLength(killed.length - 1));
  }
  expect(killed).toEqual(["kill-before", "kill-amid", "kill-after"]);
  expect(heard).toEqual([
    "PUT /containers/one/archive?path=/ (cut off)",
    `PUT /containers/one/archive?path=/ ${"x".repeat(1000)}`,
  ]);
});

it("loses an answer, or half of it, of a call that was done", async () => {
  for (const kind of ["lose-answer", "cut-answer"] as const) {
    proxy.arm(always({ kind }), () => undefined);
    await expect(ask("DELETE", "/containers/one")).rejects.toThrow();
  }
  expect(heard).toEqual(["DELETE /containers/one ", "DELETE /containers/one "]);
});

it("refuses in the engine's words without telling it, and delays", async () => {
  proxy.arm(always({ kind: "refuse", status: 503, retryAfter: 1 }), () => undefined);
  expect(await ask("POST", "/containers/one/stop")).toMatchObject({
    status: 503,
    body: expect.stringContaining("message"),
  });
  expect(heard).toEqual([]);
  proxy.arm(always({ kind: "delay", ms: 300 }), () => undefined);
  const began = performance.now();
  expect((await ask("POST", "/containers/one/stop")).status).toBe(201);
  expect(performance.now() - began).toBeGreaterThan(290);
});

it("is away and back as an engine that is restarted", async () => {
  const away = proxy.restart(300);
  await sleep(50);
  await expect(ask("GET", "/events")).rejects.toThrow();
  await away;
  expect((await ask("GET", "/events")).status).toBe(200);
});
