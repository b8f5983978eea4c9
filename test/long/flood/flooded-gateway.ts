import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { certificates } from "../../../bench/gateway/certificates.ts";
import { Child } from "../../../bench/gateway/child.ts";
import type { Done, Report, Work } from "../../../bench/gateway/load/job.ts";
import type { Way } from "../../../bench/gateway/load/way.ts";
import { DOMAIN, HOST, PLACEHOLDER, SECRET } from "../../../bench/gateway/names.ts";
import type { UpstreamReady } from "../../../bench/gateway/upstream-main.ts";
import { memoryOf } from "../../../bench/harness/memory.ts";
import { GATEWAY_COMMAND } from "../../../compilers/container/plumbing.ts";
import { passToAdmin } from "../../../src/gateway/admin/admin-client.ts";
import { encodeOpening } from "../../../src/gateway/frames.ts";
import { identityKey } from "../../../src/gateway/identity.ts";
import type { Policy } from "../../../src/gateway/policy.ts";
import type { Provisions } from "../../../src/gateway/provisions.ts";
import type { FloodJob } from "./flood-main.ts";

/** A gateway in a process of its own, with two sandboxes: one that is measured, and one that floods. */
export interface FloodedGateway {
  /** What the well-behaved sandbox meets; throws where anything was not answered as expected. */
  readonly measured: (work: Work) => Promise<Done>;
  /** Begins floods of the other one, each from a process of its own at the lowest priority; gives how to end them. */
  readonly flood: (kinds: readonly Flood[]) => Promise<() => Promise<void>>;
  /** MiB that the gateway has for itself. */
  readonly memory: () => number;
  /** What the gateway has written so far. */
  readonly log: () => string;
  readonly end: () => Promise<void>;
}

export type Flood = Pick<FloodJob, "kind" | "count">;

const QUIET = "agent/quiet/0";
const LOUD = "agent/loud/0";
const JOB_MS = 30 * 60_000;

export async function aFloodedGateway(): Promise<FloodedGateway> {
  const folder = mkdtempSync(join(tmpdir(), "coop-flood-"));
  const ends: (() => Promise<void> | void)[] = [() => rmSync(folder, { recursive: true, force: true })];
  const end = async (): Promise<void> => {
    for (const each of ends.splice(0).toReversed()) await each();
  };
  const child = (args: readonly string[], outputTo: string | null = null, command = process.execPath): Child => {
    const started = new Child(command, args, outputTo);
    ends.push(() => started.end());
    return started;
  };
  try {
    const known = await certificates(folder);
    const address = ownAddress();
    const upstreamOf = async (lowest: boolean): Promise<UpstreamReady> => {
      const main = "bench/gateway/upstream-main.ts";
      const upstream = lowest ? child(["-n", "39", process.execPath, main], null, "nice") : child([main]);
      const settings = { address, ...known.upstream, authorization: `Bearer ${SECRET}` };
      return JSON.parse(await upstream.ask(JSON.stringify(settings), 20_000)) as UpstreamReady;
    };
    // Two, so that what the flood does to its own upstream is not taken for what it does to the gateway.
    const [quiet, loud] = await Promise.all([upstreamOf(false), upstreamOf(true)]);
    const master = randomBytes(32);
    for (const each of ["policy", "run"]) mkdirSync(join(folder, each));
    mkdirSync(join(folder, "admin"), { mode: 0o700 });
    writeFileSync(join(folder, "policy", "identity.key"), master);
    const policy = policyFor(address, quiet, loud, known.upstream.root);
    writeFileSync(join(folder, "policy", "policy.json"), JSON.stringify(policy));
    const log = join(folder, "decisions.log");
    const admin = join(folder, "admin", "admin.sock");
    const places = ["--policy", join(folder, "policy"), "--run", join(folder, "run"), "--admin-socket", admin];
    const gateway = child([...GATEWAY_COMMAND.slice(0, -1), "src/gateway/gateway-main.ts", ...places], log);
    while (!readFileSync(log, "utf8").includes("gateway-ready")) await sleep(20);
    await provide(admin, {
      version: 1,
      digest: "flood",
      credentials: { key: { kind: "text", text: SECRET } },
      authority: known.intermediate,
    });
    const wayOf = (identity: string, port: number): Way => ({
      name: identity,
      dial: { path: join(folder, "run", "gateway.sock") },
      opening: encodeOpening({ identity, key: identityKey(master, identity), purpose: { kind: "proxy" } }).toString(
        "base64",
      ),
      connects: true,
      port,
      authorization: `Bearer ${PLACEHOLDER}`,
      trust: known.root,
    });
    const load = child(["bench/gateway/load-main.ts"]);
    const way = wayOf(QUIET, quiet.port);
    return {
      measured: async (work) => {
        const host = work.kind === "hosts" ? DOMAIN : HOST;
        const report = JSON.parse(await load.ask(JSON.stringify({ way, host, work }), JOB_MS)) as Report;
        if (!report.ok) throw new Error(report.why);
        return report.done;
      },
      flood: async (kinds) => {
        const floods = kinds.map((kind) => {
          const started = new Child("nice", ["-n", "39", process.execPath, "test/long/flood/flood-main.ts"]);
          const job: FloodJob = { ...kind, way: wayOf(LOUD, loud.port), host: `loud.${DOMAIN}` };
          return { started, under: started.ask(JSON.stringify(job), 60_000) };
        });
        const over = async (): Promise<void> => {
          await Promise.all(floods.map(({ started }) => started.end()));
        };
        ends.push(over);
        await Promise.all(floods.map(({ under }) => under));
        return over;
      },
      memory: () => memoryOf(gateway.pid).own,
      log: () => readFileSync(log, "utf8"),
      end,
    };
  } catch (error) {
    await end();
    throw error;
  }
}

async function provide(socket: string, provisions: Provisions): Promise<void> {
  const { output, exitCode } = await passToAdmin(
    socket,
    Readable.from([Buffer.from(`${JSON.stringify(provisions)}\n`)]),
  );
  if (exitCode !== 0) throw new Error(`the gateway does not take its provisions: ${output}`);
}

/** An address of this machine that is not its loopback, which no rule can open. */
function ownAddress(): string {
  const all = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
  const found = all.find(({ family, internal }) => family === "IPv4" && !internal);
  if (found === undefined) throw new Error("this machine has no IPv4 address besides its loopback");
  return found.address;
}

function policyFor(address: string, quiet: UpstreamReady, loud: UpstreamReady, trust: string): Policy {
  const subject = (port: number): Policy["subjects"][string] => ({
    open: false,
    routes: [],
    rules: [
      {
        name: "bench",
        host: { kind: "one-label", suffix: DOMAIN },
        ports: [port],
        protocol: "https",
        tls: "intercept",
        methods: [],
        paths: [],
        query: [],
        credential: "key",
        addresses: [`${address}/32`],
        override: "never",
      },
    ],
  });
  const place = {
    hosts: [{ kind: "one-label", suffix: DOMAIN }],
    paths: [],
    into: { kind: "header", header: "authorization", prefix: "Bearer " },
    carriers: ["authorization", "x-api-key"],
    queryCarriers: [],
    merge: [],
  } as const;
  return {
    version: 1,
    project: "flood",
    resolvers: [`127.0.0.1:${quiet.dnsPort}`],
    trust,
    hostAddresses: [],
    credentials: { key: { places: [place], placeholder: PLACEHOLDER, refreshEncoding: "json" } },
    subjects: { "agent/quiet": subject(quiet.port), "agent/loud": subject(loud.port) },
  };
}
