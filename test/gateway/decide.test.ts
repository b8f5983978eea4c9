import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Ask, decide, portsOf } from "../../src/gateway/decide.ts";
import type { PolicyRule } from "../../src/gateway/policy.ts";
import { aPolicy, aRule } from "./support/world.ts";

function anAsk(fields: Partial<Ask>): Ask {
  return {
    identity: "agent/coder/0",
    scheme: "tcp",
    host: "api.test",
    port: 443,
    method: null,
    rawTarget: null,
    headers: [],
    ...fields,
  };
}

function aGet(rawTarget: string, fields: Partial<Ask> = {}): Ask {
  return anAsk({ scheme: "http", port: 80, method: "GET", rawTarget, ...fields });
}

function outcome(rules: readonly PolicyRule[], ask: Ask): string {
  const verdict = decide(aPolicy({ "agent/coder": { rules } }), ask);
  return verdict.verdict === "allow" ? verdict.rule : verdict.code;
}

describe("a connection", () => {
  it.for([
    ["api.test", "rule"],
    ["API.TEST.", "rule"],
    ["xapi.test", "host-not-allowed"],
    ["api.test.evil.com", "host-not-allowed"],
    ["api.tes", "host-not-allowed"],
    ["sub.api.test", "host-not-allowed"],
    ["api.test#.x", "host-invalid"],
    ["2130706433", "host-not-allowed"],
  ])("to %s is answered with %s by a rule for api.test", ([host, expected]) => {
    expect(outcome([aRule({})], anAsk({ host: host ?? "" }))).toBe(expected);
  });

  it.for([
    ["a.x.test", "one-label", "rule"],
    ["a.b.x.test", "one-label", "host-not-allowed"],
    ["x.test", "one-label", "host-not-allowed"],
    ["evilx.test", "one-label", "host-not-allowed"],
    ["a.b.x.test", "any-depth", "rule"],
    ["x.test", "any-depth", "host-not-allowed"],
    ["evilx.test", "any-depth", "host-not-allowed"],
  ] as const)("to %s under a %s wildcard for x.test: %s", ([host, kind, expected]) => {
    expect(outcome([aRule({ host: { kind, suffix: "x.test" } })], anAsk({ host }))).toBe(expected);
  });

  it("to an address needs a rule for that address, in whatever spelling", () => {
    const rules = [aRule({ host: { kind: "address", address: "192.0.2.1" } })];
    for (const host of ["192.0.2.1", "3221225985", "0xc0.0.2.1", "[::ffff:192.0.2.1]"])
      expect(outcome(rules, anAsk({ host }))).toBe("rule");
    expect(outcome(rules, anAsk({ host: "192.0.2.2" }))).toBe("host-not-allowed");
  });

  it("to a port that the rule does not name is denied with the rule's name", () => {
    expect(decide(aPolicy({ "agent/coder": { rules: [aRule({})] } }), anAsk({ port: 22 }))).toMatchObject({
      code: "port-not-allowed",
      rule: "rule",
    });
  });

  it("without any policy, or of a subject that is not in it, is denied", () => {
    expect(decide(null, anAsk({}))).toMatchObject({ code: "no-policy" });
    expect(decide(aPolicy({}), anAsk({}))).toMatchObject({ code: "unknown-identity" });
    expect(decide(aPolicy({}), anAsk({ identity: "__proto__/constructor/0" }))).toMatchObject({
      code: "unknown-identity",
    });
  });

  it.for([
    [{ methods: ["GET"] }],
    [{ paths: ["/x"] }],
    [{ query: [{ name: "a", value: "b" }] }],
    [{ credential: "key" }],
    [{ protocol: "tcp", methods: ["GET"] }],
    [{ protocol: "http", credential: "key" }],
  ] as const)("under a rule that cannot be enforced is denied: %j", ([fields]) => {
    const rule = aRule(fields);
    expect(outcome([rule], anAsk({}))).toBe("not-enforceable");
    expect(portsOf(aPolicy({ "agent/coder": { rules: [rule] } }), "agent/coder/0", "api.test")).toEqual([]);
  });

  it("of an open subject reaches every name and no address", () => {
    const policy = aPolicy({ "agent/coder": { open: true } });
    expect(decide(policy, anAsk({ host: "any.example", port: 9999 })).verdict).toBe("allow");
    expect(decide(policy, anAsk({ host: "8.8.8.8" })).verdict).toBe("deny");
    expect(decide(policy, anAsk({ host: "134744072" })).verdict).toBe("deny");
  });

  it("of a session sandbox is judged as its agent's", () => {
    expect(outcome([aRule({})], anAsk({ identity: "agent/coder/session-x" }))).toBe("rule");
    expect(outcome([aRule({})], anAsk({ identity: "agent/coder/a/b" }))).toBe("unknown-identity");
  });
});

describe("a request", () => {
  const web = aRule({ name: "web", ports: [80], protocol: "http", methods: ["GET"], paths: ["/v1/**"] });

  it.for([
    ["/v1/", "web"],
    ["/v1/a/b?x=%2e%2e/", "web"],
    ["/v1", "path-not-allowed"],
    ["/v2", "path-not-allowed"],
    ["/v1/../v2", "target-refused"],
    ["/v1/./a", "target-refused"],
    ["/v1/%2e%2e/v2", "target-refused"],
    ["/v1/%2E./v2", "target-refused"],
    ["/v1/..%2fv2", "target-refused"],
    ["/v1/%252e%252e/v2", "target-refused"],
    ["/v1/%5c..", "target-refused"],
    ["/v1/\\..\\v2", "target-refused"],
    ["/v1//a", "target-refused"],
    ["//evil.com/v1/", "target-refused"],
    ["/v1/;/../v2", "target-refused"],
    ["/v1/a;b=c", "target-refused"],
    ["/v1/%00", "target-refused"],
    ["/v1/\0", "target-refused"],
    ["/v1/%zz", "target-refused"],
    ["/v1/a#b", "target-refused"],
    ["/v1/é", "target-refused"],
    ["http://evil.com/v1/", "target-refused"],
    ["", "target-refused"],
  ])("for %j under /v1/** is answered with %s", ([target, expected]) => {
    expect(outcome([web], aGet(target ?? ""))).toBe(expected);
  });

  it("with another method, or CONNECT, is denied", () => {
    expect(outcome([web], aGet("/v1/", { method: "POST" }))).toBe("method-not-allowed");
    expect(outcome([web], aGet("/v1/", { method: "get" }))).toBe("request-refused");
    expect(outcome([web], aGet("/v1/", { method: "CONNECT" }))).toBe("nested-connect");
  });

  it("over http never falls under a rule for https", () => {
    expect(outcome([aRule({ ports: [80] })], aGet("/"))).toBe("protocol-not-allowed");
  });

  it("takes the most specific of the rules that match it wholly", () => {
    const wide = aRule({ name: "wide", host: { kind: "any-depth", suffix: "test" }, ports: [80], protocol: "http" });
    const one = aRule({ name: "one", host: { kind: "one-label", suffix: "test" }, ports: [80], protocol: "http" });
    const longer = { ...web, name: "longer", paths: ["/v1/a/**"] };
    for (const rules of [
      [wide, one, web, longer],
      [longer, web, one, wide],
    ]) {
      expect(outcome(rules, aGet("/v1/a/b"))).toBe("longer");
      expect(outcome(rules, aGet("/v1/b"))).toBe("web");
      expect(outcome(rules, aGet("/v2"))).toBe("one");
      expect(outcome(rules, aGet("/v2", { host: "a.b.test" }))).toBe("wide");
    }
  });

  it("needs the query that the rule names, once, as written", () => {
    const rule = { ...web, paths: [], query: [{ name: "a", value: "b" }] };
    expect(outcome([rule], aGet("/?x&a=b"))).toBe("web");
    for (const query of ["", "?a=c", "?a=b&a=c", "?%61=c&a=b", "?a=b&a"])
      expect(outcome([rule], aGet(`/${query}`))).toBe("query-not-allowed");
  });
});

describe("whatever is asked", () => {
  const anyRule = fc.record({
    name: fc.constantFrom("a", "b", "c"),
    host: fc.constantFrom(
      { kind: "exact", name: "api.test" } as const,
      { kind: "one-label", suffix: "test" } as const,
      { kind: "any-depth", suffix: "test" } as const,
      { kind: "address", address: "192.0.2.1" } as const,
    ),
    ports: fc.subarray([80, 443, 22]),
    protocol: fc.constantFrom("https", "http", "tcp"),
    tls: fc.constantFrom("tunnel", "intercept"),
    methods: fc.subarray(["GET", "POST"]),
    paths: fc.subarray(["/v1/**", "/*/x", "/**/y"]),
    query: fc.constantFrom([], [{ name: "a", value: "b" }]),
    credential: fc.constantFrom(null, null, "key"),
    addresses: fc.subarray(["10.0.0.0/8"]),
    override: fc.constantFrom("never", "never", "client"),
  }) as fc.Arbitrary<PolicyRule>;
  const anyAsk = fc.record({
    identity: fc.oneof(fc.constant("agent/coder/0"), fc.string()),
    scheme: fc.constantFrom("tcp", "http", "https"),
    host: fc.oneof(fc.constantFrom("api.test", "a.b.test", "192.0.2.1", "x"), fc.string()),
    port: fc.oneof(fc.constantFrom(80, 443, 22), fc.integer()),
    method: fc.oneof(fc.constantFrom("GET", "POST", null), fc.string()),
    rawTarget: fc.oneof(fc.constantFrom("/v1/a", "/v1/x", "/y?a=b", null), fc.string()),
    headers: fc.array(fc.string()),
  }) as fc.Arbitrary<Ask>;

  it("decide gives a verdict and never throws", () => {
    fc.assert(
      fc.property(fc.array(anyRule), anyAsk, fc.boolean(), (rules, ask, open) => {
        expect(["allow", "deny"]).toContain(decide(aPolicy({ "agent/coder": { rules, open } }), ask).verdict);
      }),
      { numRuns: 3000 },
    );
  });

  it("one more rule never takes anything away", () => {
    fc.assert(
      fc.property(fc.array(anyRule, { maxLength: 4 }), anyRule, anyAsk, (rules, more, ask) => {
        const before = decide(aPolicy({ "agent/coder": { rules } }), ask);
        const after = decide(aPolicy({ "agent/coder": { rules: [...rules, more] } }), ask);
        if (before.verdict === "allow") expect(after.verdict).toBe("allow");
      }),
      { numRuns: 3000 },
    );
  });

  it("the order of the rules does not count", () => {
    fc.assert(
      fc.property(fc.uniqueArray(anyRule, { maxLength: 4, selector: (rule) => rule.name }), anyAsk, (rules, ask) => {
        const forwards = decide(aPolicy({ "agent/coder": { rules } }), ask);
        const backwards = decide(aPolicy({ "agent/coder": { rules: rules.toReversed() } }), ask);
        expect(backwards.verdict).toBe(forwards.verdict);
        if (forwards.verdict === "allow" && backwards.verdict === "allow") expect(backwards.rule).toBe(forwards.rule);
      }),
      { numRuns: 2000 },
    );
  });
});
