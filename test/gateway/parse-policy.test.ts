import { expect, it } from "vitest";
import { parsePolicy } from "../../src/gateway/parse-policy.ts";
import { type Policy, policyDigest } from "../../src/gateway/policy.ts";
import { aPlace } from "./credentials/support/requests.ts";
import { aPolicy, aRule } from "./support/world.ts";

const whole: Policy = {
  ...aPolicy({
    "agent/coder": {
      rules: [
        aRule({
          credential: "key",
          methods: ["GET"],
          paths: ["/v1/**"],
          query: [{ name: "a", value: "" }],
          addresses: ["10.0.0.0/8", "fd00::/8"],
        }),
        aRule({ name: "wild", host: { kind: "any-depth", suffix: "x.test" } }),
        aRule({ name: "one", host: { kind: "one-label", suffix: "x.test" } }),
        aRule({ name: "literal", host: { kind: "address", address: "2001:db8::1" } }),
      ],
      routes: [{ name: "db", port: 5432, to: { identity: "service/db", port: 5432 } }],
    },
    "publisher/coder/0": { routes: [{ name: "published", port: 3000, to: { identity: "agent/coder/0", port: 3000 } }] },
    "host-relay": {},
  }),
  resolvers: ["10.0.0.53", "10.0.0.54:5353", "[2001:db8::53]:53", "2001:db8::54"],
  trust: "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n",
  hostAddresses: ["192.168.1.2/32"],
  credentials: {
    key: {
      placeholder: "sk-placeholder",
      refreshEncoding: "form",
      places: [
        aPlace({ merge: [{ name: "anthropic-beta", value: "oauth" }] }),
        aPlace({ into: { kind: "basic", user: "x-access-token" } }),
        aPlace({ into: { kind: "query", parameter: "key" }, carriers: [], queryCarriers: ["key"] }),
        aPlace({ into: { kind: "path", prefix: "bot" } }),
        aPlace({ into: { kind: "aws-sigv4" } }),
      ],
    },
  },
};

const A_HEADER = { kind: "header", header: "x-api-key", prefix: "" } as const;
const A_QUERY = { kind: "query", parameter: "key" } as const;

function credential(difference: object): object {
  return {
    credentials: { key: { placeholder: "sk-placeholder", refreshEncoding: "form", places: [aPlace()], ...difference } },
  };
}

it("reads what was written, and gives it the same digest", () => {
  const parsed = parsePolicy(JSON.stringify(whole));
  expect(parsed).toEqual({ ok: true, policy: whole });
  if (parsed.ok) expect(policyDigest(parsed.policy)).toBe(policyDigest(whole));
});

it.for([
  ["an empty subject name", { subjects: { "": aPolicy({ a: {} }).subjects["a"] } }],
  ["a subject that climbs", { subjects: { "agent/../x": aPolicy({ a: {} }).subjects["a"] } }],
  ["a resolver by name", { resolvers: ["dns.test"] }],
  ["a trust that is no PEM", { trust: "hello" }],
  ["a project of another shape", { project: "Shop" }],
  ["host addresses that are none", { hostAddresses: ["x"] }],
  ["a credential whose own header is no carrier", credential({ places: [aPlace({ carriers: [] })] })],
  ["a credential whose own parameter is no carrier", credential({ places: [aPlace({ into: A_QUERY })] })],
  ["a header in upper case", credential({ places: [aPlace({ carriers: ["X-Api-Key"] })] })],
  [
    "a prefix that would begin a new header",
    credential({ places: [aPlace({ into: { ...A_HEADER, prefix: "a\n" } })] }),
  ],
  ["a user that would be another", credential({ places: [aPlace({ into: { kind: "basic", user: "a:b" } })] })],
  ["a placeholder that anything could be", credential({ placeholder: "x" })],
  ["a credential with a value", credential({ value: "secret" })],
  ["subjects as a list", { subjects: [] }],
] as const)("refuses %s, and says where", ([, change]) => {
  const parsed = parsePolicy(JSON.stringify({ ...whole, ...change }));
  expect(parsed).toEqual({ ok: false, reason: expect.stringMatching(/^[a-zA-Z[\]0-9.]+: expected /) as unknown });
});
