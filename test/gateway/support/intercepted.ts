import type { IncomingMessage, ServerResponse } from "node:http";
import { type ClientHttp2Session, connect as h2Connect, createSecureServer } from "node:http2";
import { createServer } from "node:https";
import type { Server } from "node:net";
import type { TLSSocket } from "node:tls";
import { connect as tlsConnect } from "node:tls";
import { onTestFinished } from "vitest";
import type { Forwarder } from "../../../src/gateway/forwarder/forwarder.ts";
import type { GatewayDeps } from "../../../src/gateway/gateway.ts";
import type { Policy, PolicyRule } from "../../../src/gateway/policy.ts";
import type { SecretValue } from "../../../src/model/provider.ts";
import type { Authority } from "../../../src/gateway/provisions.ts";
import { aRoot, someProvisions } from "./authority.ts";
import { aCertificate } from "./certificate.ts";
import { lookUp, opened, tunnel } from "./clients.ts";
import { type World, aPolicy, aRule, aWorld, listening } from "./world.ts";

const HOSTS = ["api.test", "other.test", "evil.test"] as const;
const upstreamCertificate = aCertificate(HOSTS);
const root = await aRoot();
const authority = await root.issue([
  ...HOSTS.map((name) => ({ kind: "exact", name }) as const),
  { kind: "address", address: "127.0.0.1" },
]);

export type Way = "transparent" | "explicit";
export const WAYS: readonly Way[] = ["transparent", "explicit"];

/** A gateway that reads the TLS of api.test, and an upstream behind it that really speaks TLS. */
export interface Intercepted {
  readonly world: World;
  readonly port: number;
  readonly forwarder: Forwarder;
  readonly authority: Authority;
  /** PEM of what the sandboxes trust. */
  readonly root: string;
  /** TLS of a client to a host, whichever way, with what it offers. */
  readonly tls: (way: Way, protocols: readonly string[], host?: string) => Promise<TLSSocket>;
  readonly h2: (way: Way, host?: string) => Promise<ClientHttp2Session>;
  readonly apply: (rules: readonly Partial<PolicyRule>[], more?: Partial<Policy>) => Promise<void>;
  /** Gives the gateway these values beside its authority. */
  readonly provide: (credentials: Readonly<Record<string, SecretValue>>) => void;
}

export type Serve = (request: IncomingMessage, response: ServerResponse) => void;

/** An upstream that speaks HTTP/1.1 and, unless told otherwise, HTTP/2. */
export function anUpstream(serve: Serve, options: { readonly h2?: boolean; readonly h1?: boolean } = {}): Server {
  if (options.h2 === false) return createServer(upstreamCertificate, serve);
  const server = createSecureServer({ ...upstreamCertificate, allowHTTP1: options.h1 !== false });
  // The compatible API is close enough to HTTP/1.1's for what tests do with it.
  server.on("request", serve as never);
  server.on("sessionError", () => undefined);
  return server;
}

export async function intercepted(
  upstream: Parameters<typeof listening>[0],
  rules: readonly Partial<PolicyRule>[] = [{}],
  deps: Partial<GatewayDeps> = {},
): Promise<Intercepted> {
  const port = await listening(upstream);
  const policyOf = (fields: readonly Partial<PolicyRule>[], more: Partial<Policy> = {}): Policy => ({
    ...aPolicy({
      "agent/coder": { rules: fields.map((each) => aRule({ ports: [port], tls: "intercept", ...each })) },
    }),
    trust: upstreamCertificate.cert,
    ...more,
  });
  const world = await aWorld(policyOf(rules), deps);
  for (const name of HOSTS) world.addresses.set(name, ["127.0.0.1"]);
  world.provide(someProvisions(authority));
  const forwarder = await world.forwarder("agent/coder/0");
  const tls = async (way: Way, protocols: readonly string[], host = "api.test"): Promise<TLSSocket> => {
    const socket =
      way === "explicit"
        ? (await tunnel(forwarder.proxyPort, `${host}:${port}`)).socket
        : await opened({ host: (await lookUp(forwarder.dnsPort, host)).addresses[0] ?? "", port });
    const client = tlsConnect({ socket, servername: host, ca: root.cert, ALPNProtocols: [...protocols] });
    client.on("error", () => undefined);
    onTestFinished(() => void client.destroy());
    await new Promise((resolve, reject) => client.once("secureConnect", resolve).once("error", reject));
    return client;
  };
  return {
    world,
    port,
    forwarder,
    authority,
    root: root.cert,
    tls,
    h2: async (way, host = "api.test") => {
      const socket = await tls(way, ["h2"], host);
      const session = h2Connect(`https://${host}:${port}`, { createConnection: () => socket });
      session.on("error", () => undefined);
      onTestFinished(() => session.destroy());
      return session;
    },
    provide: (credentials) => world.provide(someProvisions(authority, credentials)),
    apply: (fields, more) => world.apply(policyOf(fields, more)),
  };
}

/** What a stream of HTTP/2 gave. */
export interface StreamAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
  readonly trailers: Readonly<Record<string, unknown>>;
  readonly code: number;
}

export function ask(
  session: ClientHttp2Session,
  headers: Readonly<Record<string, string | readonly string[]>>,
  body?: string | Buffer,
): Promise<StreamAnswer> {
  return new Promise((resolve) => {
    const stream = session.request(headers as never, { endStream: body === undefined });
    let answered: Record<string, unknown> = {};
    let trailers: Record<string, unknown> = {};
    const chunks: Buffer[] = [];
    stream.on("response", (got) => (answered = got as never));
    stream.on("trailers", (got) => (trailers = got as never));
    stream.on("data", (chunk: Buffer) => chunks.push(chunk));
    stream.on("error", () => undefined);
    stream.on("close", () =>
      resolve({
        status: Number(answered[":status"]),
        headers: answered,
        body: Buffer.concat(chunks).toString("latin1"),
        trailers,
        code: stream.rstCode ?? 0,
      }),
    );
    if (body !== undefined) stream.end(body);
  });
}
