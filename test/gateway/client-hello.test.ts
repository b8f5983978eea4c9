import * as fc from "fast-check";
import { expect, it } from "vitest";
import { parseClientHello } from "../../src/gateway/client-hello.ts";
import { helloRefusal } from "../../src/gateway/tls-name.ts";
import { clientHello } from "./support/hello.ts";

it("finds the server name, however the hello is spread over records", () => {
  for (const recordBytes of [1, 2, 3, 4, 5, 50, 16_384]) {
    expect(parseClientHello(clientHello({ names: ["api.test"], recordBytes }))).toEqual({
      kind: "hello",
      serverName: "api.test",
    });
  }
});

it("asks for more until the hello is whole, at every cut", () => {
  const hello = clientHello({ names: ["api.test"], recordBytes: 40 });
  for (let cut = 0; cut < hello.length; cut += 1) expect(parseClientHello(hello.subarray(0, cut)).kind).toBe("more");
  expect(parseClientHello(Buffer.concat([hello, Buffer.from("early data")])).kind).toBe("hello");
});

it.for([
  ["plain HTTP", Buffer.from("GET / HTTP/1.1\r\n\r\n")],
  ["SSLv2", Buffer.from([0x80, 0x2e, 1, 0, 2])],
  ["an alert", Buffer.from([21, 3, 1, 0, 2, 2, 40])],
  ["a ServerHello", Buffer.from([22, 3, 1, 0, 4, 2, 0, 0, 0])],
  ["an empty record", Buffer.from([22, 3, 1, 0, 0])],
  ["a huge record", Buffer.from([22, 3, 1, 255, 255])],
  ["a huge hello", Buffer.from([22, 3, 1, 0, 4, 1, 255, 255, 255])],
  ["two names", clientHello({ names: ["api.test", "evil.test"] })],
  ["the extension twice", clientHello({ names: ["api.test"], extensionTwice: true })],
  ["another type of name", clientHello({ names: ["api.test"], nameType: 1 })],
  ["an empty name", clientHello({ names: [""] })],
  ["no name in the list", clientHello({ names: [] })],
  ["a NUL in the name", clientHello({ names: ["api.test\0.evil.com"] })],
] as const)("refuses %s", ([, bytes]) => {
  expect(parseClientHello(bytes).kind).toBe("refused");
});

it("lets only the very name through", () => {
  const refusal = (names: readonly string[] | null): string | null =>
    helloRefusal(parseClientHello(clientHello({ names })), "api.test")?.code ?? null;
  expect(refusal(["api.test"])).toBeNull();
  expect(refusal(["API.Test"])).toBeNull();
  expect(refusal(["api.test."])).toBe("name-mismatch");
  expect(refusal(["evil.test"])).toBe("name-mismatch");
  expect(refusal(["api.test.evil.com"])).toBe("name-mismatch");
  expect(refusal(null)).toBe("sni-missing");
});

it("never throws and never reads a name out of noise that has none", () => {
  const hello = clientHello({ names: ["api.test"], recordBytes: 30 });
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat({ max: hello.length - 1 }), fc.nat({ max: 255 })), { maxLength: 6 }),
      (edits) => {
        const bytes = Buffer.from(hello);
        for (const [at, value] of edits) bytes[at] = value;
        expect(["more", "hello", "refused"]).toContain(parseClientHello(bytes).kind);
      },
    ),
    { numRuns: 5000 },
  );
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 600 }),
      (bytes) => void parseClientHello(Buffer.concat([Buffer.from([22, 3, 1]), bytes])),
    ),
  );
});
