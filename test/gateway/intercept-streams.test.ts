import { createHash, randomBytes } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { type ServerHttp2Stream, constants } from "node:http2";
import { describe, expect, it } from "vitest";
import { hear, until } from "./support/clients.ts";
import { anUpstream, ask, intercepted } from "./support/intercepted.ts";
import { eventually } from "./support/world.ts";

const LEGS = [
  ["h1", { h2: false }],
  ["h1", { h1: false }],
  ["h2", { h2: false }],
  ["h2", { h1: false }],
] as const;

describe.for(LEGS)("%s to an upstream of %j", ([client, speaks]) => {
  it("gives the first event of a stream at once, and its head before that", async () => {
    let answer: ServerResponse | null = null;
    const at = await intercepted(
      anUpstream((_request, response) => {
        response.writeHead(200, { "content-type": "text/event-stream" });
        response.flushHeaders();
        answer = response;
      }, speaks),
    );
    const heard = await anAnswer(at, client, "/events");
    await eventually(() => heard.head !== "");
    expect(heard.body()).toBe("");
    for (const event of ["data: 1\n\n", "data: 2\n\n"]) {
      (answer as ServerResponse | null)?.write(event);
      await eventually(() => heard.body().includes(event));
    }
    (answer as ServerResponse | null)?.end();
    await heard.ended;
  });

  it("reads an answer no faster than the client does, and gives all of it", async () => {
    const size = 24_000_000;
    let written = 0;
    const sum = createHash("sha256");
    const at = await intercepted(
      anUpstream((_request, response) => {
        const more = (): void => {
          while (written < size) {
            const chunk = randomBytes(100_000);
            sum.update(chunk);
            written += chunk.length;
            if (!response.write(chunk)) return void response.once("drain", more);
          }
          response.end();
        };
        more();
      }, speaks),
    );
    const heard = await anAnswer(at, client, "/big", true);
    let before = -1;
    await eventually(async () => {
      const settled = written === before;
      before = written;
      await new Promise((resolve) => setTimeout(resolve, 200));
      return settled;
    });
    // What the kernel's buffers and the windows of both legs hold.
    expect(written).toBeLessThan(20_000_000);
    heard.resume();
    await heard.ended;
    expect(createHash("sha256").update(heard.bytes()).digest("hex")).toBe(sum.digest("hex"));
  });

  it("takes an upload no faster than the upstream does, and gives all of it", async () => {
    let request: IncomingMessage | null = null;
    const sum = createHash("sha256");
    const at = await intercepted(
      anUpstream((got, response) => {
        got.pause();
        request = got;
        got.on("end", () => response.end(createHash("sha256").update(Buffer.concat(chunks)).digest("hex")));
      }, speaks),
    );
    const chunks: Buffer[] = [];
    const size = 24_000_000;
    let written = 0;
    const upload = await anUpload(at, client, size);
    const more = (): void => {
      while (written < size) {
        const chunk = randomBytes(100_000);
        sum.update(chunk);
        written += chunk.length;
        if (!upload.stream.write(chunk)) return void upload.stream.once("drain", more);
      }
      upload.end();
    };
    more();
    await eventually(() => request !== null);
    let before = -1;
    await eventually(async () => {
      const settled = written === before;
      before = written;
      await new Promise((resolve) => setTimeout(resolve, 200));
      return settled;
    });
    expect(written).toBeLessThan(20_000_000);
    (request as IncomingMessage | null)?.on("data", (chunk: Buffer) => chunks.push(chunk)).resume();
    expect(await upload.answer).toContain(sum.digest("hex"));
  });

  it("ends the upstream's request when the client goes", async () => {
    let closed = false;
    const at = await intercepted(
      anUpstream((_request, response) => {
        response.write("begun");
        response.on("close", () => (closed = true));
      }, speaks),
    );
    const heard = await anAnswer(at, client, "/slow");
    await eventually(() => heard.body() === "begun");
    heard.leave();
    await eventually(() => closed);
    await eventually(() => at.world.gateway().liveConnections() === 0);
    await eventually(() => at.world.lines().some((line) => line["code"] === "client-left"));
  });

  it("shows an answer that breaks off as one that broke off", async () => {
    const at = await intercepted(
      anUpstream((_request, response) => {
        response.write("half");
        setTimeout(() => cut(response), 30);
      }, speaks),
    );
    const heard = await anAnswer(at, client, "/cut");
    await heard.ended;
    expect(heard.body()).toBe("half");
    expect(heard.whole()).toBe(false);
    await eventually(() => at.world.lines().some((line) => line["code"] === "upstream-failed"));
  });

  it.for([
    ["HEAD", 200],
    ["GET", 204],
    ["GET", 304],
  ] as const)("gives %s with %d no body and leaves the connection usable", async ([method, status]) => {
    const at = await intercepted(
      anUpstream((_request, response) => {
        response.writeHead(status, { etag: "x", ...(method === "HEAD" ? { "content-length": "1234" } : {}) });
        response.end();
      }, speaks),
    );
    if (client === "h2") {
      const session = await at.h2("transparent");
      for (let turn = 0; turn < 2; turn += 1) {
        const authority = `api.test:${at.port}`;
        const answer = await ask(session, { ":method": method, ":authority": authority, ":path": "/" });
        expect(answer).toMatchObject({ status, body: "", code: 0 });
        expect(answer.headers["etag"]).toBe("x");
      }
      return;
    }
    const tls = await at.tls("transparent", ["http/1.1"]);
    for (let turn = 0; turn < 2; turn += 1) {
      tls.write(`${method} / HTTP/1.1\r\nHost: api.test:${at.port}\r\n\r\n`);
      expect(await until(tls, "\r\n\r\n")).toMatch(new RegExp(`^HTTP/1.1 ${status} [^]*\r\n\r\n$`));
    }
  });

  it("asks for the body only when the upstream does", async () => {
    const at = await intercepted(
      expecting(
        anUpstream((request, response) => {
          request.resume();
          request.on("end", () => response.end("taken"));
        }, speaks),
      ),
    );
    const authority = `api.test:${at.port}`;
    if (client === "h2") {
      const session = await at.h2("transparent");
      for (const [path, expected] of [
        ["/yes", "taken"],
        ["/no", "too large"],
      ] as const) {
        const stream = session.request({
          ":method": "POST",
          ":authority": authority,
          ":path": path,
          expect: "100-continue",
        });
        stream.on("error", () => undefined);
        stream.once("continue", () => stream.end("body"));
        let text = "";
        stream.on("data", (chunk: Buffer) => (text += chunk.toString()));
        await eventually(() => text === expected);
        stream.close();
      }
      return;
    }
    const tls = await at.tls("transparent", ["http/1.1"]);
    const head = (path: string): string =>
      `POST ${path} HTTP/1.1\r\nHost: ${authority}\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n`;
    tls.write(head("/yes"));
    expect(await until(tls, "\r\n\r\n")).toMatch(/^HTTP\/1.1 100 /);
    tls.write("body");
    await until(tls, "taken");
    tls.write(head("/no"));
    expect(await until(tls, "too large")).toMatch(/HTTP\/1.1 413 /);
  });
});

/** Breaks an answer off in the way of its protocol. */
function cut(response: ServerResponse): void {
  const { stream } = response as ServerResponse & { readonly stream?: ServerHttp2Stream };
  if (stream === undefined) response.destroy();
  else stream.close(constants.NGHTTP2_INTERNAL_ERROR);
}

/** An upstream that decides about bodies that are announced. */
function expecting(server: ReturnType<typeof anUpstream>): ReturnType<typeof anUpstream> {
  server.on("checkContinue", (request: IncomingMessage, response: ServerResponse) => {
    if (request.url === "/yes") {
      response.writeContinue();
      server.emit("request", request, response);
      return;
    }
    response.writeHead(413);
    response.end("too large");
  });
  return server;
}

type At = Awaited<ReturnType<typeof intercepted>>;

/** An answer as it comes in, over either protocol. */
interface Heard {
  readonly head: string;
  readonly body: () => string;
  readonly bytes: () => Buffer;
  readonly ended: Promise<void>;
  readonly whole: () => boolean;
  readonly resume: () => void;
  readonly leave: () => void;
}

async function anAnswer(at: At, client: "h1" | "h2", path: string, paused = false): Promise<Heard> {
  const chunks: Buffer[] = [];
  const authority = `api.test:${at.port}`;
  if (client === "h2") {
    const session = await at.h2("transparent");
    const stream = session.request({ ":authority": authority, ":path": path });
    stream.on("error", () => undefined);
    const heard = { head: "" };
    stream.on("response", (headers) => (heard.head = String(headers[":status"])));
    const listen = (): void => void stream.on("data", (chunk: Buffer) => chunks.push(chunk));
    if (!paused) listen();
    return {
      get head() {
        return heard.head;
      },
      body: () => Buffer.concat(chunks).toString(),
      bytes: () => Buffer.concat(chunks),
      ended: new Promise((resolve) => stream.once("close", resolve)),
      whole: () => stream.rstCode === 0,
      resume: listen,
      leave: () => session.destroy(),
    };
  }
  const tls = await at.tls("transparent", ["http/1.1"]);
  tls.write(`GET ${path} HTTP/1.1\r\nHost: ${authority}\r\nConnection: close\r\n\r\n`);
  const listen = (): void => void tls.on("data", (chunk: Buffer) => chunks.push(chunk));
  if (!paused) listen();
  const all = (): Buffer => Buffer.concat(chunks);
  const bodyStart = (): number => all().indexOf("\r\n\r\n");
  const body = (): Buffer => unchunked(all().subarray(bodyStart() + 4));
  return {
    get head() {
      return bodyStart() === -1 ? "" : all().subarray(0, bodyStart()).toString();
    },
    body: () => (bodyStart() === -1 ? "" : body().toString()),
    bytes: body,
    ended: new Promise((resolve) => {
      for (const event of ["end", "close"]) tls.once(event, () => resolve());
    }),
    whole: () => all().subarray(-5).toString() === "0\r\n\r\n",
    resume: listen,
    leave: () => tls.destroy(),
  };
}

function unchunked(bytes: Buffer): Buffer {
  const parts: Buffer[] = [];
  let at = 0;
  while (at < bytes.length) {
    const end = bytes.indexOf("\r\n", at);
    if (end === -1) break;
    const size = Number.parseInt(bytes.subarray(at, end).toString(), 16);
    if (size === 0) break;
    parts.push(bytes.subarray(end + 2, end + 2 + size));
    at = end + 2 + size + 2;
  }
  return Buffer.concat(parts);
}

async function anUpload(
  at: At,
  client: "h1" | "h2",
  size: number,
): Promise<{ stream: NodeJS.WritableStream; end: () => void; answer: Promise<string> }> {
  const authority = `api.test:${at.port}`;
  if (client === "h2") {
    const session = await at.h2("transparent");
    const stream = session.request({ ":method": "POST", ":authority": authority, ":path": "/up" });
    const answer = new Promise<string>((resolve) => {
      let text = "";
      stream.on("data", (chunk: Buffer) => (text += chunk.toString()));
      stream.on("end", () => resolve(text));
    });
    return { stream, end: () => void stream.end(), answer };
  }
  const tls = await at.tls("transparent", ["http/1.1"]);
  tls.write(`POST /up HTTP/1.1\r\nHost: ${authority}\r\nContent-Length: ${size}\r\nConnection: close\r\n\r\n`);
  return { stream: tls, end: () => undefined, answer: hear(tls, 30_000).then((heard) => heard.text) };
}
