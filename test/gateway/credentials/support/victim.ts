import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, request as h1Request } from "node:http";
import type { Server } from "node:net";
import { vi } from "vitest";
import type { PolicyCredential, PolicyRule } from "../../../../src/gateway/policy.ts";
import type { SecretValue } from "../../../../src/model/provider.ts";
import type * as Intercepted from "../../support/intercepted.ts";
import { aCredential, aPlace } from "./requests.ts";

export const SECRET = "sk-real-Zq7Xw2Rk9Tn4Vb8Mj3Lc";
export const PLACEHOLDER = "sk-placeholder";

/** Parts of the gateway that are taken out: by file below src/gateway, what its exports become. */
export type Unguarded = Readonly<Record<string, (real: never) => object>>;

/** A request as an attacker writes it. */
export interface Sent {
  readonly host?: string;
  readonly method?: string;
  readonly path: string;
  /** Names and values by turns. */
  readonly headers?: readonly string[];
}

/** All that came back: bytes, and the headers as text. */
export interface Came {
  readonly status: number;
  readonly head: string;
  readonly body: Buffer;
  readonly trailers: string;
}

/** What the upstream was sent. */
export interface Arrived {
  readonly host: string;
  readonly path: string;
  /** Names in lower case and values by turns. */
  readonly headers: readonly string[];
}

export interface Victim {
  readonly arrived: () => readonly Arrived[];
  readonly send: (sent: Sent) => Promise<Came>;
  readonly at: Intercepted.Intercepted;
  readonly upstream: Server;
  readonly way: Intercepted.Way;
}

export interface VictimChoice {
  readonly way?: Intercepted.Way;
  readonly client?: "h1" | "h2";
  readonly serve: (request: IncomingMessage, response: ServerResponse) => void;
  readonly rules?: readonly Partial<PolicyRule>[];
  readonly credential?: PolicyCredential;
  readonly value?: SecretValue;
  readonly h2?: boolean;
  /** The upstream speaks no TLS. */
  readonly plain?: boolean;
}

/** A gateway that puts a credential into requests to api.test, whole or without some of its guards, with an attacker inside. */
export async function aVictim(choice: VictimChoice, unguarded: Unguarded = {}): Promise<Victim> {
  vi.resetModules();
  const sources = `${import.meta.dirname}/../../../../src/gateway/`;
  for (const [file, change] of Object.entries(unguarded)) {
    vi.doMock(`${sources}${file}`, async (importOriginal) => {
      const real = await importOriginal<object>();
      return { ...real, ...change(real as never) };
    });
  }
  const { anUpstream, intercepted } = await import("../../support/intercepted.ts");
  for (const file of Object.keys(unguarded)) vi.doUnmock(`${sources}${file}`);
  const arrived: Arrived[] = [];
  const taken = (request: IncomingMessage, response: ServerResponse): void => {
    const { host = "", ":authority": authority = host } = request.headers;
    const headers = request.rawHeaders.map((each, at) => (at % 2 === 0 ? each.toLowerCase() : each));
    arrived.push({ host: String(authority).split(":")[0] ?? "", path: request.url ?? "", headers });
    choice.serve(request, response);
  };
  const upstream = choice.plain === true ? createServer(taken) : anUpstream(taken, { h2: choice.h2 ?? false });
  const { way = "explicit", client = "h1", value = { kind: "text", text: SECRET } } = choice;
  const credentials = { key: choice.credential ?? aCredential([aPlace({ queryCarriers: ["key"] })], PLACEHOLDER) };
  const rules = choice.rules ?? [{ credential: "key" }];
  const at = await intercepted(upstream, rules);
  await at.apply(rules, { credentials });
  at.provide({ key: value });
  const send = (sent: Sent): Promise<Came> => (client === "h1" ? sendH1(at, way, sent) : sendH2(at, way, sent));
  return { arrived: () => arrived, send, at, upstream, way };
}

async function sendH1(at: Intercepted.Intercepted, way: Intercepted.Way, sent: Sent): Promise<Came> {
  const { host = "api.test", method = "GET", path, headers = [] } = sent;
  const socket = await at.tls(way, ["http/1.1"], host);
  return new Promise((resolve, reject) => {
    const request = h1Request({
      createConnection: () => socket,
      method,
      path,
      headers: ["Host", `${host}:${at.port}`, ...headers],
      setHost: false,
    });
    request.on("error", reject);
    request.on("response", (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", () => undefined);
      response.on("close", () =>
        resolve({
          status: response.statusCode ?? 0,
          head: `${response.statusMessage}\n${response.rawHeaders.join("\n")}`,
          body: Buffer.concat(chunks),
          trailers: response.rawTrailers.join("\n"),
        }),
      );
    });
    request.end();
  });
}

async function sendH2(at: Intercepted.Intercepted, way: Intercepted.Way, sent: Sent): Promise<Came> {
  const { host = "api.test", method = "GET", path, headers = [] } = sent;
  const session = await at.h2(way, host);
  const named = new Map<string, string[]>();
  for (let index = 0; index + 1 < headers.length; index += 2) {
    const name = (headers[index] ?? "").toLowerCase();
    named.set(name, [...(named.get(name) ?? []), headers[index + 1] ?? ""]);
  }
  const pseudo = { ":authority": `${host}:${at.port}`, ":method": method, ":path": path };
  const stream = session.request({ ...pseudo, ...Object.fromEntries(named) }, { endStream: true });
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let head: Readonly<Record<string, unknown>> = {};
    let trailers: Readonly<Record<string, unknown>> = {};
    stream.on("response", (got) => (head = got));
    stream.on("trailers", (got) => (trailers = got));
    stream.on("data", (chunk: Buffer) => chunks.push(chunk));
    stream.on("error", () => undefined);
    stream.on("close", () =>
      resolve({
        status: Number(head[":status"] ?? 0),
        head: JSON.stringify(head),
        body: Buffer.concat(chunks),
        trailers: JSON.stringify(trailers),
      }),
    );
  });
}
