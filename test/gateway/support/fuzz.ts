import { createServer as createHttpServer } from "node:http";
import { createServer } from "node:net";
import { encode } from "dns-packet";
import { expect } from "vitest";
import { encodeFrame, encodeOpening } from "../../../src/gateway/frames.ts";
import { identityKey } from "../../../src/gateway/identity.ts";
import { dnsExchange, lookUp, opened, say, tunnel } from "./clients.ts";
import { clientHello } from "./hello.ts";
import { type World, aPolicy, aRule, aWorld, eventually, listening } from "./world.ts";

/** Small, seeded, good enough to make trouble. */
export function randomOf(seed: number): (below: number) => number {
  let state = seed >>> 0 || 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

/** One to eight changes: bytes flipped, cut out, doubled, put in, or the end cut off. */
export function mutated(bytes: Buffer, random: (below: number) => number): Buffer {
  let result = Buffer.from(bytes);
  for (let edits = 1 + random(8); edits > 0; edits -= 1) {
    const at = random(result.length + 1);
    const length = random(12);
    const head = result.subarray(0, at);
    const tail = result.subarray(at);
    const kind = random(5);
    if (kind === 0 && at < result.length) result[at] = random(256);
    else if (kind === 1) result = Buffer.concat([head, tail.subarray(length)]);
    else if (kind === 2) result = Buffer.concat([head, tail.subarray(0, length), tail]);
    else if (kind === 3) result = Buffer.concat([head, Buffer.from(Array.from({ length }, () => random(256))), tail]);
    else if (random(3) === 0) result = Buffer.from(head);
  }
  return result;
}

/** Does something again and again until a time, so many at once; none waits for the slowest. */
export async function inLanes(count: number, deadline: number, once: () => Promise<void>): Promise<void> {
  const lane = async (): Promise<void> => {
    while (performance.now() < deadline) await once();
  };
  await Promise.all(Array.from({ length: count }, lane));
}

export type FuzzTarget = "frames" | "client hellos" | "request heads" | "DNS packets";

/** Sends mutations of good input for a time; afterwards the gateway must work, and must not have met an error of its own. */
export async function fuzz(target: FuzzTarget, durationMs: number, seed: number): Promise<number> {
  const tlsSeen: Buffer[] = [];
  const tlsPort = await listening(createServer((socket) => socket.on("data", (chunk: Buffer) => tlsSeen.push(chunk))));
  const requests: string[] = [];
  const httpPort = await listening(
    createHttpServer((request, response) => {
      requests.push(`${request.headers.host} ${request.method} ${request.url}`);
      request.on("error", () => undefined);
      request.resume();
      response.end("ok");
    }),
  );
  const rules = [
    aRule({ ports: [tlsPort] }),
    aRule({ name: "web", ports: [httpPort], protocol: "http", methods: ["GET", "POST"], paths: ["/ok/**"] }),
  ];
  const world = await aWorld(aPolicy({ "agent/coder": { rules } }), {
    timeouts: { openingMs: 30, headMs: 40, keepAliveMs: 40 },
  });
  world.addresses.set("api.test", ["127.0.0.1"]);
  const forwarder = await world.forwarder("agent/coder/0");
  const random = randomOf(seed);
  const corpus = seedsOf(target, world, tlsPort, httpPort);
  const send = async (bytes: Buffer): Promise<void> => {
    switch (target) {
      case "frames":
        await say({ path: world.socketPath }, bytes, 100);
        return;
      case "client hellos": {
        const { socket } = await tunnel(forwarder.proxyPort, `api.test:${tlsPort}`).catch(() => ({ socket: null }));
        // Under this load the short patience for heads may be over before the tunnel is asked for.
        if (socket === null) return;
        socket.on("error", () => undefined);
        socket.end(bytes);
        await new Promise((resolve) => socket.once("close", resolve).resume());
        return;
      }
      case "request heads":
        await say({ host: "127.0.0.1", port: forwarder.proxyPort }, bytes, 150);
        return;
      case "DNS packets":
        await dnsExchange(forwarder.dnsPort, bytes, 20).catch(() => undefined);
        return;
    }
  };
  const deadline = performance.now() + durationMs;
  let sent = 0;
  await inLanes(16, deadline, () => {
    sent += 1;
    return send(mutated(corpus[random(corpus.length)] ?? Buffer.alloc(0), random));
  });
  const errors = world.lines().filter((line) => /failed|internal/.test(String(line["event"])));
  expect(errors).toEqual([]);
  expect(
    requests.filter((line) => !line.startsWith(`api.test:${httpPort} `) || !/ (?:GET|POST) \/ok\//.test(line)),
  ).toEqual([]);
  for (const seen of tlsSeen) expect(seen[0]).toBe(22);
  expect((await lookUp(forwarder.dnsPort, "api.test")).addresses).toHaveLength(1);
  const probe = await opened({ host: "127.0.0.1", port: forwarder.proxyPort });
  probe.destroy();
  // A busy machine may be later than the short patience for heads.
  await eventually(async () => {
    const { head } = await tunnel(forwarder.proxyPort, `api.test:${tlsPort}`).catch(() => ({ head: "" }));
    return head.startsWith("HTTP/1.1 200 ");
  });
  return sent;
}

function seedsOf(target: FuzzTarget, world: World, tlsPort: number, httpPort: number): readonly Buffer[] {
  const identity = "agent/coder/0";
  const key = identityKey(world.master, identity);
  switch (target) {
    case "frames":
      return [
        encodeOpening({ identity, key, purpose: { kind: "dial", name: "api.test", port: tlsPort } }),
        encodeOpening({ identity, key, purpose: { kind: "name", name: "api.test" } }),
        encodeOpening({ identity, key, purpose: { kind: "park", port: 5432 } }),
        encodeOpening({ identity, key, purpose: { kind: "reach", identity: "service/db", port: 5432 } }),
        Buffer.concat([
          encodeOpening({ identity, key, purpose: { kind: "proxy" } }),
          Buffer.from("GET http://api.test/ HTTP/1.1\r\n\r\n"),
        ]),
        encodeFrame({ v: 1, identity, key: key.toString("base64"), purpose: [] }),
      ];
    case "client hellos":
      return [
        clientHello({ names: ["api.test"] }),
        clientHello({ names: ["api.test"], recordBytes: 20 }),
        clientHello({ names: null }),
      ];
    case "request heads": {
      const at = `api.test:${httpPort}`;
      return [
        `GET http://${at}/ok/x HTTP/1.1\r\nHost: ${at}\r\n\r\n`,
        `GET http://${at}/ok/../no HTTP/1.1\r\nHost: ${at}\r\n\r\n`,
        `POST http://${at}/ok/x HTTP/1.1\r\nHost: ${at}\r\nContent-Length: 5\r\n\r\nhello`,
        `POST http://${at}/ok/x HTTP/1.1\r\nHost: ${at}\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n5\r\nhello\r\n0\r\n\r\n`,
        `CONNECT ${at} HTTP/1.1\r\nHost: ${at}\r\n\r\nGET /ok/ HTTP/1.1\r\nHost: ${at}\r\n\r\n`,
        `GET http://${at}/ok/x HTTP/1.1\r\nHost: ${at}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`,
      ].map((text) => Buffer.from(text, "latin1"));
    }
    case "DNS packets":
      return (["A", "AAAA", "TXT"] as const).map((type) =>
        encode({ type: "query", id: 1, flags: 256, questions: [{ type, name: "api.test" }] }),
      );
  }
}
