import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decide } from "../../src/gateway/decide.ts";
import type { Ask } from "../../src/gateway/decide.ts";
import type { Policy, PolicyRule } from "../../src/gateway/policy.ts";
import { meet } from "../../src/plan/meet.ts";
import { reachDiff } from "../../src/plan/reach.ts";
import { aCertificate } from "../gateway/support/certificate.ts";
import { aPlace } from "../gateway/credentials/support/requests.ts";
import { aPolicy, aRule, aSubject, exact, rules } from "./any-rules.ts";

const coder = (policy: Policy): Policy["subjects"][string] | undefined => policy.subjects["agent/coder"];
const of = (...known: readonly PolicyRule[]): Policy => aPolicy({ "agent/coder": aSubject(...known) });

describe("the meet of two policies", () => {
  it("keeps what both allow, and neither what is new nor what is gone", () => {
    const [kept, gone, added] = ["kept", "gone", "added"].map((name) => aRule({ name, host: exact(`${name}.test`) }));
    if (kept === undefined || gone === undefined || added === undefined) throw new Error("three names, three rules");
    expect(coder(meet(of(kept, gone), of(kept, added)))?.rules).toEqual([kept]);
  });

  it.for([
    ["ports", { ports: [80, 443] }, { ports: [443, 8443] }, { ports: [443] }],
    ["methods", {}, { methods: ["GET"] }, { methods: ["GET"] }],
    ["paths", { paths: ["/a/**"] }, {}, { paths: ["/a/**"] }],
    ["hosts", { host: { kind: "any-depth", suffix: "test" } }, { host: exact("a.test") }, { host: exact("a.test") }],
    ["addresses", { addresses: ["10.0.0.0/8"] }, { addresses: [] }, { addresses: [] }],
  ] as const)("takes the narrower of %s", ([, before, after, narrower]) => {
    expect(coder(meet(of(aRule(before)), of(aRule(after))))?.rules).toEqual([aRule(narrower)]);
    expect(coder(meet(of(aRule(after)), of(aRule(before))))?.rules).toEqual([aRule(narrower)]);
  });

  it("keeps nothing of what is read otherwise, and nothing where a credential goes elsewhere", () => {
    expect(coder(meet(of(aRule()), of(aRule({ tls: "intercept" }))))?.rules).toEqual([]);
    const credential = (host: string): Policy => ({
      ...of(aRule({ credential: "key" })),
      credentials: {
        key: { places: [aPlace({ hosts: [exact(host)] })], placeholder: "x", refreshEncoding: "form" },
      },
    });
    expect(coder(meet(credential("a.test"), credential("a.test")))?.rules).toHaveLength(1);
    expect(coder(meet(credential("a.test"), credential("b.test")))?.rules).toEqual([]);
    expect(meet(credential("a.test"), credential("b.test")).credentials).toEqual({});
  });

  it("of all names and some names is the some, and of nothing is nothing", () => {
    const open = aPolicy({ "agent/coder": { open: true, rules: [], routes: [] } });
    for (const both of [meet(open, of(aRule())), meet(of(aRule()), open)])
      expect(coder(both)).toEqual({ open: false, rules: [aRule()], routes: [] });
    expect(coder(meet(null, of(aRule())))).toEqual({ open: false, rules: [], routes: [] });
    const private_ = aRule({ addresses: ["10.0.0.0/8"] });
    expect(coder(meet(of(private_), open))?.rules).toEqual([]);
  });

  it("believes the roots that both believe, and asks for names where both ask, or else where it was asked before", () => {
    const [one, two] = [aCertificate(["one.test"]).cert.trim(), aCertificate(["two.test"]).cert.trim()];
    const policy = (differences: Partial<Policy>): Policy => ({ ...of(aRule()), ...differences });
    expect(meet(policy({ trust: one }), policy({ trust: `${one}\n${two}\n` })).trust).toBe(`${one}\n`);
    expect(meet(policy({}), policy({ trust: one })).trust).toBeNull();
    const asks = (before: readonly string[], after: readonly string[]): readonly string[] =>
      meet(policy({ resolvers: before }), policy({ resolvers: after })).resolvers;
    expect(asks(["10.0.0.1", "10.0.0.2"], ["10.0.0.2", "10.0.0.3"])).toEqual(["10.0.0.2"]);
    expect(asks(["10.0.0.1"], ["10.0.0.3"])).toEqual(["10.0.0.1"]);
    expect(asks(["10.0.0.1"], [])).toEqual(["10.0.0.1"]);
    expect(asks([], ["10.0.0.3"])).toEqual([]);
  });

  const hosts = ["a.test", "b.test", "api.test", "a.api.test", "b.a.test", "192.0.2.1"];
  const asks: readonly Ask[] = hosts.flatMap((host) =>
    [443, 80, 5432].flatMap((port) => [
      anAsk({ host, port }),
      ...(["http", "https"] as const).flatMap((scheme) =>
        ["GET", "POST"].flatMap((method) =>
          ["/v1/x", "/v2/x", "/"].map((rawTarget) =>
            anAsk({ host, port, scheme, method, rawTarget, headers: ["host", host] }),
          ),
        ),
      ),
    ]),
  );

  it("loosens neither, whatever they are, by the words of a plan and by the gateway's own decision", () => {
    fc.assert(
      fc.property(rules, rules, fc.boolean(), fc.boolean(), (some, others, open, openToo) => {
        const credentials = Object.fromEntries(
          ["one", "two"].map((name) => [
            name,
            { places: [aPlace()], placeholder: name, refreshEncoding: "form" as const },
          ]),
        );
        const policyOf = (known: typeof some, isOpen: boolean): Policy => ({
          ...aPolicy({ "agent/coder": { open: isOpen, rules: known, routes: [] } }),
          credentials,
        });
        const [before, after] = [policyOf(some, open), policyOf(others, openToo)];
        const both = meet(before, after);
        for (const side of [before, after])
          expect(reachDiff(side, both).filter((each) => each.effect === "loosens")).toEqual([]);
        for (const ask of asks) {
          if (decide(both, ask).verdict !== "allow") continue;
          expect([decide(before, ask).verdict, decide(after, ask).verdict], JSON.stringify(ask)).toEqual([
            "allow",
            "allow",
          ]);
        }
      }),
      { numRuns: 300 },
    );
  });

  it("of a policy with itself is that policy", () => {
    fc.assert(
      fc.property(rules, (known) => {
        const policy = of(...known.filter((each) => each.credential === null));
        expect(reachDiff(policy, meet(policy, policy))).toEqual([]);
      }),
    );
  });
});

function anAsk(differences: Partial<Ask>): Ask {
  return {
    identity: "agent/coder/0",
    host: "a.test",
    port: 443,
    scheme: "tcp",
    method: null,
    rawTarget: null,
    headers: [],
    ...differences,
  };
}
