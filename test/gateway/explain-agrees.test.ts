import * as fc from "fast-check";
import { METHODS } from "node:http";
import { connect as h2Connect } from "node:http2";
import type { Socket } from "node:net";
import { connect as tlsConnect } from "node:tls";
import { expect, it } from "vitest";
import { canonicalHost } from "../../src/gateway/canonical-host.ts";
import { decide } from "../../src/gateway/decide.ts";
import { askOfUrl, explain } from "../../src/gateway/explain.ts";
import type { Policy } from "../../src/gateway/policy.ts";
import { aRoot, someProvisions } from "./support/authority.ts";
import { aCertificate } from "./support/certificate.ts";
import { hear, opened, until } from "./support/clients.ts";
import { ask } from "./support/intercepted.ts";
import { naiveUpstream } from "./support/naive-upstream.ts";
import { aPolicy, aRule, aWorld, listening } from "./support/world.ts";

const RUNS = 400;
const IDENTITY = "agent/coder/0";
const certificate = aCertificate(["api.test", "tunnel.test", "*.wide.test", "*.b.wide.test"]);

interface Case {
  readonly scheme: "https" | "http" | "tcp";
  readonly host: string;
  readonly port: number;
  readonly method: string;
  readonly target: string;
  /** Plain requests inside CONNECT and not by absolute form; HTTP/2 inside TLS. */
  readonly inside: boolean;
}

const SEGMENTS = "v1 v1 open q a .. . %2e%2e ..%2f %252e %41 a;b a\\b %zz %c0%ae %25 a%20b * ~ ..%20".split(" ");

const anyTarget = fc
  .tuple(
    fc.array(fc.constantFrom("", ...SEGMENTS), { maxLength: 4 }),
    fc.constantFrom("", "", "?", "?a=b", "?a=b&a=c", "?x&a=b", "?A=c&a=b", "?a=b;c", "?%61=c&a=b", "?../.."),
  )
  .map(([segments, query]) => `/${segments.join("/")}${query}`);

/** Allowed, or the code of the denial. */
type Outcome = string;

it("explain and the running gateway say the same of whatever is asked", { timeout: 240_000 }, async () => {
  const httpsPort = await listening(naiveUpstream(certificate, () => undefined));
  const httpPort = await listening(naiveUpstream(null, () => undefined));
  const rules = [
    aRule({
      name: "api",
      ports: [httpsPort],
      tls: "intercept",
      methods: ["GET", "POST"],
      paths: ["/v1/**", "/*/open"],
    }),
    aRule({ name: "query", ports: [httpsPort], tls: "intercept", paths: ["/q"], query: [{ name: "a", value: "b" }] }),
    aRule({ name: "plain", ports: [httpPort], protocol: "http", methods: ["GET"], paths: ["/v1/**"] }),
    aRule({ name: "tunnel", host: { kind: "exact", name: "tunnel.test" }, ports: [httpsPort] }),
    aRule({ name: "bytes", host: { kind: "exact", name: "tunnel.test" }, ports: [httpPort], protocol: "tcp" }),
    aRule({ name: "one", host: { kind: "one-label", suffix: "wide.test" }, ports: [httpsPort], tls: "intercept" }),
    aRule({
      name: "any",
      host: { kind: "any-depth", suffix: "wide.test" },
      ports: [httpsPort],
      tls: "intercept",
      methods: ["DELETE"],
    }),
    aRule({ name: "never", host: { kind: "exact", name: "never.test" }, ports: [httpsPort], paths: ["/v1/**"] }),
    aRule({ name: "address", host: { kind: "address", address: "127.0.0.1" }, ports: [httpPort], protocol: "http" }),
  ];
  const policy: Policy = { ...aPolicy({ "agent/coder": { rules } }), trust: certificate.cert };
  const world = await aWorld(policy, { resolverFor: () => async () => ({ ok: true, addresses: ["127.0.0.1"] }) });
  const root = await aRoot();
  world.provide(
    someProvisions(
      await root.issue([
        { kind: "exact", name: "api.test" },
        { kind: "any-depth", suffix: "wide.test" },
      ]),
    ),
  );
  const { proxyPort } = await world.forwarder(IDENTITY);
  const trusted = [root.cert, certificate.cert];

  const anyCase: fc.Arbitrary<Case> = fc
    .record({
      scheme: fc.constantFrom("https", "https", "https", "http", "http", "tcp"),
      host: fc.constantFrom(
        ...["api.test", "api.test", "api.test", "API.Test", "api.test.", "tunnel.test", "x.wide.test", "a.b.wide.test"],
        ...["wide.test", "evil.test", "never.test", "127.0.0.1", "2130706433", "0x7f.1", "[::ffff:127.0.0.1]", "[::1]"],
        ...["xapi.test", "api.test.evil.test", "a_b.test", "-.test", "1.2.3.4.5"],
      ),
      port: fc.constantFrom(httpsPort, httpsPort, httpPort, 1),
      method: fc.constantFrom("GET", "GET", "GET", "POST", "DELETE", "PUT", "OPTIONS", "PROPFIND", "BREW"),
      target: fc.oneof(fc.constantFrom("/v1/", "/v1/a", "/x/open", "/q?a=b", "/", "/v1/?a=b"), anyTarget),
      inside: fc.boolean(),
      // Bytes to a port on which no TLS is spoken tell nothing about the gateway.
    })
    .filter((each) => each.scheme !== "https" || each.host !== "tunnel.test" || each.port !== httpPort)
    // The proxy itself has to read an absolute form, whatever the rule lets through.
    .filter((each) => each.method !== "BREW" || each.host !== "tunnel.test" || each.scheme !== "http");

  const asked = new Map<string, number>();
  await fc.assert(
    fc.asyncProperty(anyCase, async (each) => {
      const expected = explained(policy, each);
      const got = await tried(proxyPort, trusted, each);
      asked.set(expected, (asked.get(expected) ?? 0) + 1);
      // What a parser refuses before anybody judges it has the one code that parsers have.
      if (got === "request-refused") expect(expected).not.toBe("allow");
      else expect(got).toBe(expected);
    }),
    { numRuns: RUNS, seed: 20_261_121 },
  );
  // A property that never allows, or never denies, shows nothing.
  expect(asked.get("allow") ?? 0).toBeGreaterThan(RUNS / 20);
  expect(asked.size).toBeGreaterThan(6);
});

it("knows the methods that Node's parser knows", () => {
  const rule = aRule({ ports: [80], protocol: "http" });
  const policy = aPolicy({ "agent/coder": { rules: [rule] } });
  const known = (method: string): boolean => {
    const ask = {
      identity: IDENTITY,
      scheme: "http",
      host: "api.test",
      port: 80,
      method,
      rawTarget: "/",
      headers: [],
    } as const;
    return decide(policy, ask).verdict === "allow" || method === "CONNECT";
  };
  expect(METHODS.filter((method) => !known(method))).toEqual([]);
  expect(["BREW", "get", "GET ", ""].filter(known)).toEqual([]);
});

function explained(policy: Policy, { scheme, host, port, method, target }: Case): Outcome {
  const text = scheme === "tcp" ? `${host}:${port}` : `${scheme}://${host}:${port}${target}`;
  const ask = askOfUrl(text, method, IDENTITY);
  if (ask === null) return "host-invalid";
  const verdict = explain(policy, ask);
  return verdict.verdict === "allow" ? "allow" : verdict.code;
}

async function tried(proxyPort: number, trusted: readonly string[], each: Case): Promise<Outcome> {
  const { scheme, host, port, method, target } = each;
  const authority = `${host}:${port}`;
  const request = (line: string): string =>
    `${method} ${line} HTTP/1.1\r\nHost: ${authority}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`;
  const proxy = await opened({ host: "127.0.0.1", port: proxyPort });
  proxy.on("error", () => undefined);
  if (scheme === "http" && !each.inside) {
    proxy.write(request(`http://${authority}${target}`));
    return outcomeOf((await hear(proxy)).text);
  }
  proxy.write(`CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n\r\n`);
  const head = await until(proxy, "\r\n\r\n");
  if (!head.startsWith("HTTP/1.1 200 "))
    return outcomeOf(head + (head.endsWith("}\n") ? "" : (await hear(proxy)).text));
  if (scheme === "tcp") {
    proxy.destroy();
    return "allow";
  }
  if (scheme === "http") {
    proxy.write(request(target));
    return outcomeOf((await hear(proxy)).text);
  }
  return triedInside(proxy, trusted, each, request(target));
}

async function triedInside(
  socket: Socket,
  trusted: readonly string[],
  { host, port, method, target, inside }: Case,
  request: string,
): Promise<Outcome> {
  const canonical = canonicalHost(host);
  const named = canonical.kind === "name" ? { servername: canonical.name } : { host: "127.0.0.1" };
  const tls = tlsConnect({
    socket,
    ca: [...trusted],
    ...named,
    ALPNProtocols: [...(inside ? ["h2"] : []), "http/1.1"],
  });
  const secured = await new Promise((resolve) => {
    tls.once("secureConnect", () => resolve(true));
    tls.once("error", () => resolve(false));
    tls.once("close", () => resolve(false));
  });
  // TLS to what is no TLS: the rule carries another protocol, or the upstream speaks another one.
  if (secured !== true) return "protocol-not-allowed";
  tls.on("error", () => undefined);
  if (tls.alpnProtocol === "h2") {
    const session = h2Connect(`https://${host}:${port}`, { createConnection: () => tls });
    session.on("error", () => undefined);
    const answer = await ask(session, { ":method": method, ":authority": `${host}:${port}`, ":path": target });
    session.destroy();
    return Number.isNaN(answer.status) ? "request-refused" : outcomeOf(`HTTP/1.1 ${answer.status} ${answer.body}`);
  }
  tls.write(request);
  return outcomeOf((await hear(tls)).text);
}

/** An upstream that cannot be spoken to was allowed to be asked. */
const ALLOWED = new Set(["unreachable", "upstream-untrusted"]);

function outcomeOf(text: string): Outcome {
  const code = /"code":"([a-z-]+)"/.exec(text)?.[1];
  if (code !== undefined) return ALLOWED.has(code) ? "allow" : code;
  // Plain HTTP where TLS is carried or read is answered by an alert.
  if (text === "\x15\x03\x01\x00\x02\x02\x70") return "protocol-not-allowed";
  return /^HTTP\/1.1 \d+ /.test(text) ? "allow" : `nothing but ${JSON.stringify(text.slice(0, 80))}`;
}
