import { randomBytes, randomInt } from "node:crypto";
import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { type Server, type Socket, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished, vi } from "vitest";
import type { AddressCheck } from "../../../src/gateway/address-check.ts";
import { decisionLog } from "../../../src/gateway/decision-log.ts";
import { type Forwarder, startForwarder } from "../../../src/gateway/forwarder/forwarder.ts";
import type { ForwarderConfig } from "../../../src/gateway/forwarder/forwarder-config.ts";
import { type Gateway, type GatewayDeps, startGateway } from "../../../src/gateway/gateway.ts";
import { identityKey } from "../../../src/gateway/identity.ts";
import type { Provisions } from "../../../src/gateway/provisions.ts";
import { type Policy, type PolicyRule, type Subject, policyDigest } from "../../../src/gateway/policy.ts";

// Real sockets and processes on a machine that may be busy with something else.
vi.setConfig({ testTimeout: 60_000 });

/** A gateway with its directories, in this process, that takes loopback for the Internet. */
export interface World {
  readonly policyDirectory: string;
  readonly runDirectory: string;
  readonly socketPath: string;
  readonly master: Buffer;
  readonly gateway: () => Gateway;
  /** Every log line so far, parsed. */
  readonly lines: () => readonly Record<string, unknown>[];
  /** Names that the resolver was asked for. */
  readonly asked: () => readonly string[];
  /** What the resolver answers; changing it is a rebinding. */
  readonly addresses: Map<string, readonly string[]>;
  /** Replaces policy.json and waits until the gateway has seen it. */
  readonly apply: (policy: Policy) => Promise<void>;
  /** Gives what the admin socket gives. */
  readonly provide: (provisions: Provisions | null) => void;
  readonly restart: () => Promise<void>;
  readonly forwarder: (identity: string, config?: ForwarderConfig, key?: Buffer, awayMs?: number) => Promise<Forwarder>;
}

export async function aWorld(policy: Policy | null, deps: Partial<GatewayDeps> = {}): Promise<World> {
  const root = await mkdtemp(join(tmpdir(), "coop-gateway-"));
  const master = randomBytes(32);
  await writeFile(join(root, "identity.key"), master);
  if (policy !== null) await writeFile(join(root, "policy.json"), JSON.stringify(policy));
  const lines: Record<string, unknown>[] = [];
  const asked: string[] = [];
  const addresses = new Map<string, readonly string[]>();
  let provisions: Provisions | null = null;
  const loopbackIsPublic: AddressCheck = (address) => (address === "127.0.0.1" ? null : "private");
  const start = (): Promise<Gateway> =>
    startGateway({
      policyDirectory: root,
      runDirectory: root,
      resolverFor: () => async (name) => {
        asked.push(name);
        const found = addresses.get(name);
        return found === undefined ? { ok: false, reason: "not-found" } : { ok: true, addresses: found };
      },
      addressCheckFor: () => loopbackIsPublic,
      provisions: () => provisions,
      log: decisionLog((line) => lines.push(JSON.parse(line) as Record<string, unknown>), { now: () => Date.now() }),
      clock: { now: () => Date.now() },
      ...deps,
    });
  let gateway = await start();
  const forwarders: Forwarder[] = [];
  onTestFinished(async () => {
    for (const each of forwarders.splice(0)) each.close();
    await gateway.close();
    await rm(root, { recursive: true, force: true });
  });
  return {
    policyDirectory: root,
    runDirectory: root,
    socketPath: join(root, "gateway.sock"),
    master,
    gateway: () => gateway,
    lines: () => lines,
    asked: () => asked,
    addresses,
    apply: async (next) => {
      await writeFile(join(root, "policy.new"), JSON.stringify(next));
      await rename(join(root, "policy.new"), join(root, "policy.json"));
      await gateway.reload();
      const digest = policyDigest(next);
      if (!lines.some((line) => line["event"] === "policy-in-force" && line["digest"] === digest))
        throw new Error("not in force");
    },
    provide: (next) => (provisions = next),
    restart: async () => {
      await gateway.close();
      gateway = await start();
    },
    forwarder: async (
      identity,
      config = { kind: "sandbox", serves: [] },
      key = identityKey(master, identity),
      awayMs = 5000,
    ) => {
      const start = (): Promise<Forwarder> =>
        startForwarder({
          who: { identity, key, config },
          gateway: join(root, "gateway.sock"),
          address: "127.0.0.1",
          proxyPort: 0,
          dnsPort: 0,
          publishAddress: "127.0.0.1",
          awayMs,
          log: () => undefined,
        });
      const forwarder = await patiently(start);
      forwarders.push(forwarder);
      const close = (): void => {
        forwarders.splice(forwarders.indexOf(forwarder), 1);
        forwarder.close();
      };
      return { ...forwarder, close };
    },
  };
}

/** A port that is free for UDP may be taken for TCP; on a busy machine that happens many times in a row. */
async function patiently<T>(start: () => Promise<T>): Promise<T> {
  for (let left = 50; left > 0; left -= 1) {
    const started = await start().catch((error: unknown) => {
      if (!(error instanceof Error && "code" in error && error.code === "EADDRINUSE")) throw error;
      return null;
    });
    if (started !== null) return started;
  }
  return start();
}

export function aPolicy(subjects: Readonly<Record<string, Partial<Subject>>>): Policy {
  return {
    version: 1,
    project: "shop",
    resolvers: [],
    trust: null,
    hostAddresses: [],
    credentials: {},
    subjects: Object.fromEntries(
      Object.entries(subjects).map(([key, subject]) => [key, { open: false, rules: [], routes: [], ...subject }]),
    ),
  };
}

export function aRule(fields: Partial<PolicyRule>): PolicyRule {
  return {
    name: "rule",
    host: { kind: "exact", name: "api.test" },
    ports: [443],
    protocol: "https",
    tls: "tunnel",
    methods: [],
    paths: [],
    query: [],
    credential: null,
    addresses: [],
    override: "never",
    ...fields,
  };
}

/** Listens on a free loopback port until the test is over. */
export async function listening(server: Server): Promise<number> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    socket.once("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new Error("no address");
  return address.port;
}

/**
 * A port that nobody listens on, for somebody who listens there later. Below those that the kernel gives away by itself
 * (32768 and more): one of them might be a client's by then.
 */
export async function aFreePort(): Promise<number> {
  for (let tries = 0; tries < 100; tries += 1) {
    const port = randomInt(20_000, 32_000);
    const server = createServer();
    const free = await new Promise<boolean>((resolve) => {
      server.once("error", () => resolve(false));
      server.listen(port, "127.0.0.1", () => resolve(true));
    });
    await new Promise((resolve) => server.close(resolve));
    if (free) return port;
  }
  throw new Error("no port is free");
}

/** Waits until something holds. */
export async function eventually(holds: () => boolean | Promise<boolean>, withinMs = 15_000): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error("it never came to hold");
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
