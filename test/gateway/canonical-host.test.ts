import { domainToASCII } from "node:url";
import * as fc from "fast-check";
import { expect, it } from "vitest";
import { canonicalHost, hostText } from "../../src/gateway/canonical-host.ts";

it.for([
  ["API.Example.COM", "api.example.com"],
  ["example.com.", "example.com"],
  ["bücher.example", "xn--bcher-kva.example"],
  ["a-b.c", "a-b.c"],
  ["db", "db"],
])("reads %s as the name %s", ([raw, name]) => {
  expect(canonicalHost(raw ?? "")).toEqual({ kind: "name", name });
});

it.for([
  ["127.0.0.1", "127.0.0.1"],
  ["127.1", "127.0.0.1"],
  ["127.0.1", "127.0.0.1"],
  ["2130706433", "127.0.0.1"],
  ["0x7f000001", "127.0.0.1"],
  ["0x7f.1", "127.0.0.1"],
  ["0177.0.0.1", "127.0.0.1"],
  ["0", "0.0.0.0"],
  ["127.0.0.1.", "127.0.0.1"],
  ["１２７.0.0.1", "127.0.0.1"],
  ["127。0。0。1", "127.0.0.1"],
  ["[::1]", "::1"],
  ["::1", "::1"],
  ["[::ffff:127.0.0.1]", "127.0.0.1"],
  ["::ffff:7f00:1", "127.0.0.1"],
  ["[2001:DB8:0:0::1]", "2001:db8::1"],
])("reads %s as the address %s", ([raw, address]) => {
  expect(canonicalHost(raw ?? "")).toEqual({ kind: "address", address });
});

it.for([
  "",
  ".",
  "..",
  ".example.com",
  "example..com",
  "example.com..",
  "evil.com#.allowed.test",
  "evil.com/.allowed.test",
  "evil.com?.allowed.test",
  "evil.com\\.allowed.test",
  "user@allowed.test",
  "allowed.test:443",
  "allowed.test%2eevil.com",
  "allowed.test%00.evil.com",
  "allowed.test\0.evil.com",
  "allowed.test\r\n",
  " allowed.test",
  "allowed.test ",
  "allowed_test.com",
  "*.allowed.test",
  "256.256.256.256",
  "1.2.3.4.5",
  "1.2.3.08",
  "foo.1",
  "foo.0x1",
  "99999999999",
  "[::1",
  "::1]",
  "[fe80::1%25eth0]",
  "fe80::1%eth0",
  "[1.2.3.4]",
  `${"a".repeat(64)}.test`,
  `${"a.".repeat(127)}test`,
])("refuses %j", (raw) => {
  expect(canonicalHost(raw).kind).toBe("invalid");
});

it("gives its own result again", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.domain(), fc.ipV4Extended(), fc.ipV6()), (raw) => {
      const text = hostText(canonicalHost(raw));
      if (text !== null) expect(hostText(canonicalHost(text))).toBe(text);
    }),
    { numRuns: 2000 },
  );
});

it("maps a spelling to a name only when they differ in case, one trailing dot or IDNA", () => {
  const piece = fc.constantFrom(...".-#/?@:%\\ \0aA1x。．ａß\u00AD\u200D[]_*".split(""), "allowed", ".test", "xn--");
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
      const raw = pieces.join("");
      const host = canonicalHost(raw);
      if (host.kind !== "name") return;
      const plain = raw.toLowerCase().replace(/\.$/, "");
      expect([plain, domainToASCII(raw).replace(/\.$/, "")]).toContain(host.name);
      if (/^[\0-\x7f]*$/.test(raw)) expect(host.name).toBe(plain);
    }),
    { numRuns: 5000 },
  );
});
