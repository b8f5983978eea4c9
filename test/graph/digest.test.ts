import * as fc from "fast-check";
import { expect, it } from "vitest";
import { canonicalJson, digestOf, shortDigest } from "../../src/graph/digest.ts";
import { jsonKey, jsonText } from "../../src/graph/json-text.ts";

it("gives equal bytes for equal values, however their keys are ordered", () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
      const reversed = Object.fromEntries(Object.entries(value).toReversed());
      expect(canonicalJson(reversed)).toBe(canonicalJson(value));
    }),
  );
});

it("reads back as the value that it was made of", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(canonicalJson(JSON.parse(canonicalJson(value)))).toBe(canonicalJson(value));
    }),
  );
});

it("leaves out what is undefined and refuses what JSON cannot say", () => {
  expect(canonicalJson({ b: 1, a: undefined })).toBe('{"b":1}');
  for (const wrong of [Number.NaN, () => 1, 1n, Symbol("x")])
    expect(() => canonicalJson({ wrong })).toThrow("canonicalJson");
});

it("names an algorithm, so that another may follow", () => {
  expect(digestOf({})).toBe("sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a");
  expect(shortDigest(digestOf({}))).toBe("44136fa355b3");
});

it("writes strings and keys as JSON.stringify does, also control characters and halves of surrogate pairs", () => {
  const anyText = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)) }),
  );
  fc.assert(
    fc.property(anyText, (text) => {
      expect(jsonText(text)).toBe(JSON.stringify(text));
      expect(jsonKey(text)).toBe(JSON.stringify(text));
    }),
    { numRuns: 2000 },
  );
});
