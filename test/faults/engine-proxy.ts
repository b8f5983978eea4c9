import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { rmSync } from "node:fs";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { callName, withoutVersion } from "./engine-call.ts";
import type { EngineCall } from "./engine-call.ts";
import { engineNames } from "./engine-names.ts";
import type { KnownNames } from "./engine-names.ts";
import type { Fault } from "./fault.ts";
import { forward } from "./forward.ts";
import { tunnel } from "./tunnel.ts";

/** A stand-in for the engine's socket that writes down every call and spoils those that it is told to. */
export interface EngineProxy {
  /** For DOCKER_HOST. */
  readonly address: string;
  readonly calls: readonly EngineCall[];
  /** Which fault befalls a call, from here on; forgets the calls of before. */
  readonly arm: (faultOf: (call: EngineCall) => Fault | null, kill: () => void) => void;
  /** As an engine that is restarted: every connection breaks, and nobody answers for so long. Milliseconds. */
  readonly restart: (forMs: number) => Promise<void>;
  readonly close: () => Promise<void>;
}

export interface ProxyOptions {
  /** Where the proxy listens: a path. */
  readonly path: string;
  /** The engine's own socket. */
  readonly engine: string;
  /** Whose names lose their front: `coop.<project>.`. */
  readonly project: string;
}

/** Opens the proxy. Everything passes through it as it is, streams and hijacked connections too. */
export async function engineProxy(options: ProxyOptions): Promise<EngineProxy> {
  const proxy = new Proxy_(options);
  await proxy.open();
  return proxy;
}

class Proxy_ implements EngineProxy {
  readonly address: string;
  calls: EngineCall[] = [];
  readonly #options: ProxyOptions;
  readonly #names: KnownNames;
  readonly #connections = new Set<Duplex>();
  #counts = new Map<string, number>();
  #faultOf: (call: EngineCall) => Fault | null = () => null;
  #kill: () => void = () => undefined;
  #server: Server | null = null;

  constructor(options: ProxyOptions) {
    this.#options = options;
    this.address = `unix://${options.path}`;
    this.#names = engineNames(options.engine, `coop.${options.project}.`);
  }

  arm(faultOf: (call: EngineCall) => Fault | null, kill: () => void): void {
    this.calls = [];
    this.#counts = new Map();
    this.#faultOf = faultOf;
    this.#kill = kill;
  }

  async open(): Promise<void> {
    const server = createServer({ requestTimeout: 0, headersTimeout: 0, keepAliveTimeout: 60_000 });
    server.on("request", (request, response) => void this.#pass(request, response));
    server.on("upgrade", (request, socket, head) => void this.#hijack(request, socket, head));
    server.on("connection", (socket: Socket) => {
      this.#connections.add(socket);
      socket.on("close", () => this.#connections.delete(socket)).on("error", () => socket.destroy());
    });
    rmSync(this.#options.path, { force: true });
    await new Promise<void>((resolve, reject) => server.once("error", reject).listen(this.#options.path, resolve));
    this.#server = server;
  }

  async restart(forMs: number): Promise<void> {
    await this.close();
    await sleep(forMs);
    await this.open();
  }

  async close(): Promise<void> {
    const server = this.#server;
    this.#server = null;
    if (server === null) return;
    const closed = new Promise((resolve) => server.close(resolve));
    for (const each of this.#connections) each.destroy();
    await closed;
    rmSync(this.#options.path, { force: true });
  }

  async #pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    // A body that gives the thing its name is small and read first.
    const whole = /\/create(\?|$)/.test(request.url ?? "") ? await bytesOf(request) : null;
    const call = await this.#tell(request, whole);
    const kill = this.#kill;
    await forward(
      { request, response, whole, engine: this.#options.engine, fault: this.#faultOf(call), kill },
      (status, bytes) => this.#names.learn(call, status, bytes),
    );
  }

  async #hijack(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const call = await this.#tell(request, null);
    tunnel({ request, socket, head, engine: this.#options.engine, fault: this.#faultOf(call), kill: this.#kill });
  }

  async #tell(request: IncomingMessage, body: Buffer | null): Promise<EngineCall> {
    const { method = "GET", url = "/" } = request;
    const name = await callName(method, url, this.#names, labelIn(body));
    const count = (this.#counts.get(name) ?? 0) + 1;
    this.#counts.set(name, count);
    const call = {
      number: this.calls.length + 1,
      method,
      target: withoutVersion(url),
      name,
      key: `${name} #${count}`,
    };
    this.calls.push(call);
    return call;
  }
}

async function bytesOf(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer); // a request without an encoding gives buffers
  return Buffer.concat(parts);
}

function labelIn(body: Buffer | null): string | null {
  if (body === null || body.length === 0) return null;
  const { Labels, Name }: { readonly Labels?: Readonly<Record<string, string>>; readonly Name?: string } = JSON.parse(
    body.toString("utf8"),
  );
  return Labels?.["coop.dev/id"] ?? Name ?? null;
}
