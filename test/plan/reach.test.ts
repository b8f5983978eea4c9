import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Policy, Subject } from "../../src/gateway/policy.ts";
import { atomsOf, covers } from "../../src/plan/reach-atoms.ts";
import { uncovered } from "../../src/plan/reach-index.ts";
import { reachDiff } from "../../src/plan/reach.ts";
import { aCertificate } from "../gateway/support/certificate.ts";
import { aPolicy, aRule, aSubject, exact, rule, rules } from "./any-rules.ts";
import { aPlace } from "../gateway/credentials/support/requests.ts";

function diff(before: Subject | null, after: Subject | null): readonly string[] {
  const policy = (subject: Subject | null): Policy | null =>
    subject === null ? null : aPolicy({ "agent/coder": subject });
  return reachDiff(policy(before), policy(after)).map((each) => `${each.effect} ${each.text}`);
}

describe("what a change of the rules means", () => {
  const plain = aSubject(aRule());
  const open: Subject = { open: true, rules: [], routes: [] };
  it.for([
    { name: "nothing for equal rules", before: plain, after: plain, lines: [] },
    { name: "nothing for another name of a rule", before: plain, after: aSubject(aRule({ name: "other" })), lines: [] },
    { name: "a new agent", before: null, after: plain, lines: ["loosens coder may reach https://api.test:443"] },
    {
      name: "an agent that goes",
      before: plain,
      after: null,
      lines: ["tightens coder may no longer reach https://api.test:443"],
    },
    {
      name: "another port besides",
      before: plain,
      after: aSubject(aRule({ ports: [443, 8443] })),
      lines: ["loosens coder may reach https://api.test:8443"],
    },
    {
      name: "one method of all",
      before: plain,
      after: aSubject(aRule({ methods: ["GET"] })),
      lines: ["tightens coder may no longer reach https://api.test:443"],
    },
    {
      name: "all methods after one",
      before: aSubject(aRule({ methods: ["GET"], paths: ["/v1/**"] })),
      after: plain,
      lines: ["loosens coder may reach https://api.test:443"],
    },
    {
      name: "another method on a path",
      before: aSubject(aRule({ methods: ["GET"], paths: ["/v1/**"] })),
      after: aSubject(aRule({ methods: ["GET", "POST"], paths: ["/v1/**"] })),
      lines: ["loosens coder may POST https://api.test/v1/**"],
    },
    {
      name: "one host of many",
      before: aSubject(aRule({ host: { kind: "any-depth", suffix: "test" } })),
      after: plain,
      lines: ["tightens coder may no longer reach https://**.test:443"],
    },
    {
      name: "any depth instead of one label",
      before: aSubject(aRule({ host: { kind: "one-label", suffix: "test" } })),
      after: aSubject(aRule({ host: { kind: "any-depth", suffix: "test" } })),
      lines: ["loosens coder may reach https://**.test:443"],
    },
    {
      name: "a deeper name than one label covers",
      before: aSubject(aRule({ host: { kind: "one-label", suffix: "test" } })),
      after: aSubject(aRule({ host: { kind: "one-label", suffix: "test" } }), aRule({ host: exact("a.b.test") })),
      lines: ["loosens coder may reach https://a.b.test:443"],
    },
    {
      name: "the apex, which no wildcard covers",
      before: aSubject(aRule({ host: { kind: "any-depth", suffix: "api.test" } })),
      after: plain,
      lines: [
        "loosens coder may reach https://api.test:443",
        "tightens coder may no longer reach https://**.api.test:443",
      ],
    },
    {
      name: "a credential, which is reach of its own",
      before: aSubject(aRule({ credential: "one" })),
      after: aSubject(aRule({ credential: "two" })),
      lines: [
        "loosens coder may reach https://api.test:443 with credential two",
        "tightens coder may no longer reach https://api.test:443 with credential one",
      ],
    },
    {
      name: "private addresses besides the public ones",
      before: plain,
      after: aSubject(aRule({ addresses: ["10.0.0.0/8"] })),
      lines: ["loosens coder may reach https://api.test:443 at 10.0.0.0/8"],
    },
    {
      name: "open, and what open gives anyway",
      before: plain,
      after: open,
      lines: ["loosens coder may reach every public host on every port"],
    },
    {
      name: "no more open",
      before: open,
      after: plain,
      lines: ["tightens coder may no longer reach every public host on every port"],
    },
    {
      name: "an address of its own, which open does not give",
      before: open,
      after: { ...open, rules: [aRule({ host: { kind: "address", address: "192.0.2.1" } })] },
      lines: ["loosens coder may reach https://192.0.2.1:443"],
    },
    {
      name: "a service",
      before: plain,
      after: { ...plain, routes: [{ name: "db", port: 5432, to: { identity: "service/db", port: 5432 } }] },
      lines: ["loosens coder may connect to db:5432"],
    },
  ] as const)("$name", ({ before, after, lines }) => {
    expect(diff(before, after)).toEqual(lines);
  });
});

describe("a credential that keeps its name", () => {
  const policy = (...hosts: readonly string[]): Policy => ({
    ...aPolicy({ "agent/coder": aSubject(aRule({ credential: "key" })) }),
    credentials: {
      key: {
        places: hosts.map((name) => aPlace({ hosts: [exact(name)] })),
        placeholder: "placeholder",
        refreshEncoding: "form",
      },
    },
  });

  it("says where it newly goes, and where it goes no longer", () => {
    expect(reachDiff(policy("a.test", "b.test"), policy("b.test", "c.test"))).toEqual([
      {
        effect: "loosens",
        subject: "agent/coder",
        text: "coder may have credential key put into the header x-api-key of requests to c.test",
      },
      {
        effect: "tightens",
        subject: "agent/coder",
        text: "coder may no longer have credential key put into the header x-api-key of requests to a.test",
      },
    ]);
  });

  it("says nothing of another placeholder", () => {
    const { credentials } = policy("a.test");
    const other = {
      key: { places: credentials["key"]?.places ?? [], placeholder: "another-one", refreshEncoding: "form" } as const,
    };
    expect(reachDiff(policy("a.test"), { ...policy("a.test"), credentials: other })).toEqual([]);
  });
});

describe("rules are a union of allows", () => {
  it("and only atoms that could cover one are asked, with the same answer as all of them", () => {
    fc.assert(
      fc.property(rules, rules, fc.boolean(), fc.boolean(), (some, others, open, openToo) => {
        const route = { name: "db", port: 5432, to: { identity: "service/db", port: 5432 } };
        const these = atomsOf({ open, rules: some, routes: [route] });
        const those = atomsOf({ open: openToo, rules: others, routes: openToo ? [route] : [] });
        const slowly = these.filter((each) => !those.some((other) => covers(other, each)));
        expect(uncovered(these, those)).toEqual(slowly);
      }),
      { numRuns: 1000 },
    );
  });

  it("and a thousand rules on each side are compared without every one being held against every other", () => {
    const many = (from: number): Subject =>
      aSubject(
        ...Array.from({ length: 1000 }, (_, at) =>
          aRule({
            name: `r${from + at}`,
            host: exact(`h${from + at}.test`),
            methods: ["GET", "POST"],
            paths: ["/a", "/b"],
          }),
        ),
      );
    const time = (work: () => void): number => {
      const began = process.cpuUsage();
      work();
      return process.cpuUsage(began).user;
    };
    // Forty of four thousand atoms held against all: a hundredth of the slow way.
    const [was, is] = [atomsOf(many(0)), atomsOf(many(1))];
    const few = is.slice(0, 40);
    const slow = time(() => few.filter((each) => !was.some((other) => covers(other, each))));
    const lines: (readonly string[])[] = [];
    expect(time(() => void lines.push(diff(many(0), many(1))))).toBeLessThan(Math.max(slow, 20_000) * 20);
    expect(lines[0]).toHaveLength(8);
  });

  it("so that adding one never shrinks reach, and removing one never grows it", () => {
    fc.assert(
      fc.property(rules, rule, fc.boolean(), (known, one, open) => {
        const without: Subject = { open, rules: known, routes: [] };
        const withOne: Subject = { open, rules: [...known, one], routes: [] };
        expect(diff(without, withOne).filter((each) => each.startsWith("tightens"))).toEqual([]);
        expect(diff(withOne, without).filter((each) => each.startsWith("loosens"))).toEqual([]);
      }),
    );
  });

  it("so that their order says nothing, and opening all tightens nothing public", () => {
    fc.assert(
      fc.property(rules, (known) => {
        expect(diff(aSubject(...known), aSubject(...known.toReversed()))).toEqual([]);
        expect(diff(aSubject(), aSubject(...known)).every((each) => each.startsWith("loosens"))).toBe(true);
      }),
    );
  });

  it("and whoever goes a way back says the opposite", () => {
    fc.assert(
      fc.property(rules, rules, (some, others) => {
        const there = diff(aSubject(...some), aSubject(...others));
        const back = diff(aSubject(...others), aSubject(...some));
        const count = (lines: readonly string[], effect: string): number =>
          lines.filter((each) => each.startsWith(effect)).length;
        expect(count(there, "loosens")).toBe(count(back, "tightens"));
        expect(count(there, "tightens")).toBe(count(back, "loosens"));
      }),
    );
  });
});

describe("what holds for all subjects", () => {
  const policy = (differences: Partial<Policy>): Policy => ({
    ...aPolicy({ "agent/coder": aSubject(aRule()) }),
    ...differences,
  });
  const lines = (before: Policy | null, after: Policy | null): readonly string[] =>
    reachDiff(before, after)
      .filter((each) => each.subject === "gateway")
      .map((each) => `${each.effect} ${each.text}`);
  const [one, two] = [aCertificate(["one.test"]).cert, aCertificate(["two.test"]).cert];

  it("says of another resolver that it is asked, which loosens, and of one that is left that it tightens", () => {
    expect(lines(policy({}), policy({ resolvers: ["10.0.0.53"] }))).toEqual([
      "loosens the gateway asks 10.0.0.53 for names, and tells it each of them",
      "tightens the gateway no longer asks this machine's own resolvers for names",
    ]);
    expect(lines(policy({ resolvers: ["10.0.0.53", "10.0.0.54"] }), policy({ resolvers: ["10.0.0.54"] }))).toEqual([
      "tightens the gateway no longer asks 10.0.0.53 for names, and tells it each of them",
    ]);
    expect(lines(policy({ resolvers: ["10.0.0.53"] }), policy({}))).toEqual([
      "loosens the gateway asks this machine's own resolvers for names",
      "tightens the gateway no longer asks 10.0.0.53 for names, and tells it each of them",
    ]);
  });

  it("says of another root whom it is believed for, by its name and fingerprint", () => {
    const [first = "", ...others] = lines(policy({}), policy({ trust: one }));
    expect(others).toEqual([]);
    expect(first).toMatch(
      /^loosens the gateway believes every server that CN=\S.* \(SHA-256 [0-9a-f]{16}…\) vouches for$/,
    );
    expect(lines(policy({ trust: one }), policy({ trust: `${one}\n${two}` }))).toHaveLength(1);
    const renewed = lines(policy({ trust: one }), policy({ trust: two }));
    expect(renewed.map((each) => each.split(" ")[0])).toEqual(["loosens", "tightens"]);
    expect(lines(policy({ trust: `${one}\n${two}` }), policy({ trust: `${two}\n${one}` }))).toEqual([]);
    expect(lines(policy({}), policy({ trust: "no certificate" }))).toHaveLength(1);
  });

  it("is no news where it is the default and there was nothing, or is nothing any more", () => {
    expect(lines(null, policy({}))).toEqual([]);
    expect(lines(policy({}), null)).toEqual([]);
    expect(lines(null, policy({ resolvers: ["10.0.0.53"] }))).toHaveLength(1);
    expect(lines(policy({ resolvers: ["10.0.0.53"] }), policy({ resolvers: ["10.0.0.53"] }))).toEqual([]);
  });
});
