import { createServer } from "node:http";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Dockerode from "dockerode";
import { afterEach, beforeEach, expect, it } from "vitest";
import { engineCall } from "../../src/backends/docker/engine-errors.ts";

let folder: string;
let socketPath: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "coop-errors-"));
  socketPath = join(folder, "engine.sock");
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

const stop = (): Promise<unknown> =>
  engineCall('stop "coop.shop.gateway"', () => new Dockerode({ socketPath }).getContainer("x").stop());

it("an engine that is away is told as such, not as one that refuses", async () => {
  await expect(stop()).rejects.toMatchObject({
    code: "ENGINE_UNREACHABLE",
    message: expect.stringMatching(
      /^The connection to Docker broke while it was to stop "coop.shop.gateway" \(connect ENOENT/,
    ),
  });
});

it("an engine that ends in the middle may have done it, which is said", async () => {
  const server = createServer((asked) => asked.socket.destroy()).listen(socketPath);
  await expect(stop()).rejects.toMatchObject({
    code: "ENGINE_UNREACHABLE",
    message: expect.stringContaining("nobody knows whether it did"),
  });
  server.close();
});

it("an engine that refuses is quoted", async () => {
  const server = createServer((_, answer) => answer.writeHead(500).end('{"message":"no space left"}')).listen(
    socketPath,
  );
  await expect(stop()).rejects.toMatchObject({
    code: "ENGINE_REFUSED",
    message: 'Docker refused to stop "coop.shop.gateway": no space left',
  });
  server.close();
});

it("a machine without descriptors is no refusal of the engine's", async () => {
  const cause = Object.assign(new Error("connect EMFILE"), { code: "EMFILE", syscall: "connect" });
  await expect(engineCall("list its containers", () => Promise.reject(cause))).rejects.toMatchObject({
    code: "SYSTEM_REFUSED",
    message: expect.stringContaining("too many files open"),
  });
});
