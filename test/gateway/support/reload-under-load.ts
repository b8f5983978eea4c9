import { Agent, request as httpRequest } from "node:http";
import type { ClientHttp2Session } from "node:http2";
import { expect } from "vitest";
import type { PolicyRule } from "../../../src/gateway/policy.ts";
import { eventually } from "./world.ts";
import { anUpstream, ask, intercepted } from "./intercepted.ts";

/** For an answer that broke off, or never came. */
const ENDED = 0;

/** What is in force while a request is under way: all that it may have been judged by. */
interface Window {
  readonly from: number;
  readonly to: () => number;
}

/**
 * Asks many times over both protocols while the rules change: no wrong yes, no wrong no, nothing ended that stays allowed, and no
 * decision by a rule of another set than its own.
 */
export async function reloadUnderLoad(requests: number, swaps: number): Promise<void> {
  const connections = new Set<unknown>();
  const at = await intercepted(
    anUpstream((request, response) => {
      connections.add(request.socket);
      response.end(request.url);
    }),
    rulesOf(0),
  );
  // `applying` is the newest that may be in force already, `applied` the newest that surely is.
  let applied = 0;
  let applying = 0;
  const seen = { always: 0, own: 0, denied: 0, ended: 0 };
  const judge = (window: Window, generation: number, status: number): void => {
    const sure = window.from === window.to();
    if (status === ENDED) {
      // It was allowed, and ended in the moment in which it was no more.
      expect(sure).toBe(false);
      expect(generation).toBeLessThan(window.to());
      seen.ended += 1;
    } else if (status === 200) {
      expect(generation).toBeGreaterThanOrEqual(window.from);
      expect(generation).toBeLessThanOrEqual(window.to());
      seen.own += 1;
    } else {
      expect(status).toBe(403);
      if (sure) expect(generation).not.toBe(window.from);
      seen.denied += 1;
    }
  };
  let left = requests;
  let done = 0;
  const clients = [
    ...(await Promise.all([0, 1, 2].map(() => h2Client(at)))),
    ...(await Promise.all([0, 1, 2].map(() => h1Client(at)))),
  ];
  const swapping = (async () => {
    for (let turn = 1; turn <= swaps; turn += 1) {
      // Spread over the whole load, whatever the machine's speed.
      const due = (requests / (swaps + 1)) * turn;
      await eventually(() => done >= due, 120_000);
      applying = turn;
      await at.apply(rulesOf(turn));
      applied = turn;
    }
  })();
  const traffic = clients.flatMap((send) =>
    Array.from({ length: 4 }, async (_, lane) => {
      while (left > 0) {
        left -= 1;
        const from = applied;
        const window = { from, to: () => applying };
        const kind = (left + lane) % 3;
        const generation = kind === 1 ? applying : applying + 1;
        const status = await send(kind === 0 ? "/always" : `/generation/${generation}`);
        if (kind === 0) {
          expect(status).toBe(200);
          seen.always += 1;
        } else judge(window, generation, status);
        done += 1;
      }
    }),
  );
  await Promise.all([...traffic, swapping]);
  expect(seen.always).toBeGreaterThan(requests / 4);
  expect(seen.own).toBeGreaterThan(requests / 10);
  expect(seen.denied).toBeGreaterThan(requests / 10);
  // Two rules of different sets are never in force together.
  const decisions = at.world.lines().filter((line) => line["event"] === "decision" && line["verdict"] === "allow");
  expect(decisions.length).toBeGreaterThanOrEqual(seen.always + seen.own);
  for (const line of decisions)
    if (line["code"] !== null) expect([line["code"], line["path"]]).not.toEqual(["rules-changed", "/always"]);
  expect(decisions.filter((line) => line["code"] !== null).length).toBe(seen.ended);
  for (const line of decisions) {
    const generation = /^\/generation\/(\d+)$/.exec(String(line["path"]))?.[1];
    if (generation !== undefined) expect(line["rule"]).toBe(`own-${generation}`);
  }
  const failed = at.world.lines().filter((line) => /failed|internal|rejected/.test(String(line["event"])));
  expect(failed).toEqual([]);
}

function rulesOf(generation: number): readonly Partial<PolicyRule>[] {
  return [
    { name: `always-${generation}`, paths: ["/always"] },
    { name: `own-${generation}`, paths: [`/generation/${generation}`] },
  ];
}

type Send = (path: string) => Promise<number>;
type At = Awaited<ReturnType<typeof intercepted>>;

/** One connection of HTTP/2 for all of its requests: when it is lost, they fail. */
async function h2Client(at: At): Promise<Send> {
  const session: ClientHttp2Session = await at.h2("transparent");
  return async (path) => {
    const answer = await ask(session, { ":authority": `api.test:${at.port}`, ":path": path });
    return answer.code === 0 ? answer.status : ENDED;
  };
}

/** Kept connections of HTTP/1.1. A denial closes its connection, as the gateway says in its head. */
async function h1Client(at: At): Promise<Send> {
  const agent = new (class extends Agent {
    override createConnection(_options: object, done?: (error: Error | null, socket: never) => void): undefined {
      void connectFor(at, done);
    }
  })({ keepAlive: true });
  return (path) =>
    new Promise((resolve, reject) => {
      const request = httpRequest({ agent, host: "api.test", port: at.port, path }, (response) => {
        response.resume();
        response.on("end", () => resolve(response.statusCode ?? 0));
        response.on("error", () => resolve(ENDED));
      });
      request.on("error", (error) => {
        if ("code" in error && error.code === "ECONNRESET") resolve(ENDED);
        else reject(error);
      });
      request.end();
    });
}

async function connectFor(at: At, done?: (error: Error | null, socket: never) => void): Promise<void> {
  try {
    done?.(null, (await at.tls("explicit", ["http/1.1"])) as never);
  } catch (error) {
    done?.(error instanceof Error ? error : new Error(String(error)), undefined as never);
  }
}
