import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { needlesOf } from "../../../src/gateway/credentials/needles.ts";
import { secretFilter } from "../../../src/gateway/credentials/scrubber.ts";

const SECRET = "sk-ant-api03-a/b+c=d_E~f&g<h>\"i'0123456789";

function scrubbed(secrets: readonly string[], chunks: readonly Buffer[]): Buffer {
  const scrubber = secretFilter(secrets).scrubber();
  const shown = chunks.map((chunk) => scrubber.push(Buffer.from(chunk)));
  return Buffer.concat([...shown, scrubber.end()]);
}

/** Every form in which programs are known to write a text into an answer. */
const FORMS: readonly (readonly [string, (secret: string) => string | Buffer])[] = [
  ["plain", (secret) => secret],
  ["upper case", (secret) => secret.toUpperCase()],
  ["lower case", (secret) => secret.toLowerCase()],
  ["JSON", (secret) => JSON.stringify(secret)],
  ["JSON in JSON", (secret) => JSON.stringify(JSON.stringify(secret))],
  ["JSON with escaped slashes, as PHP", (secret) => JSON.stringify(secret).replaceAll("/", "\\/")],
  ["JSON with escaped HTML, as Go", (secret) => JSON.stringify(secret).replace(/[<>&]/g, unicode)],
  ["JSON with escaped HTML, as Ruby on Rails", (secret) => JSON.stringify(secret).replace(/[<>&]/g, unicode)],
  ["JSON with everything escaped", (secret) => secret.replace(/[\s\S]/g, unicode)],
  ["JSON with everything escaped, upper hex", (secret) => secret.replace(/[\s\S]/g, (each) => unicode(each, true))],
  ["encodeURIComponent", (secret) => encodeURIComponent(secret)],
  [
    "encodeURIComponent, lower hex",
    (secret) => encodeURIComponent(secret).replace(/%../g, (each) => each.toLowerCase()),
  ],
  ["encodeURI", (secret) => encodeURI(secret)],
  ["a form", (secret) => new URLSearchParams({ a: secret }).toString()],
  ["RFC 3986, strict", (secret) => encodeURIComponent(secret).replace(/[!'()*]/g, percent)],
  [
    "quote of Python",
    (secret) =>
      encodeURIComponent(secret)
        .replaceAll("%2F", "/")
        .replace(/[!'()*]/g, percent),
  ],
  ["percent for every byte", (secret) => secret.replace(/[\s\S]/g, percent)],
  ["percent for every byte, lower hex", (secret) => secret.replace(/[\s\S]/g, (each) => percent(each).toLowerCase())],
  [
    "HTML",
    (secret) =>
      secret
        .replaceAll("&", "&amp;")
        .replaceAll("<", "&lt;")
        .replaceAll(">", "&gt;")
        .replaceAll('"', "&quot;")
        .replaceAll("'", "&#39;"),
  ],
  ["hex", (secret) => Buffer.from(secret).toString("hex")],
  ["upper hex", (secret) => Buffer.from(secret).toString("hex").toUpperCase()],
  ["base64", (secret) => Buffer.from(secret).toString("base64")],
  ["base64 behind one byte", (secret) => Buffer.from(`x${secret}`).toString("base64")],
  ["base64 behind two bytes", (secret) => Buffer.from(`xy${secret}`).toString("base64")],
  ["base64 of Basic", (secret) => Buffer.from(`x-access-token:${secret}`).toString("base64")],
  ["base64 before more", (secret) => Buffer.from(`Bearer ${secret}, and more`).toString("base64")],
  ["base64url", (secret) => Buffer.from(`x${secret}`).toString("base64url")],
  ["base64 in a URL", (secret) => encodeURIComponent(Buffer.from(`xy${secret}`).toString("base64"))],
  ["base64 in JSON of PHP", (secret) => Buffer.from(`xy${secret}`).toString("base64").replaceAll("/", "\\/")],
  ["base64 of base64", (secret) => Buffer.from(Buffer.from(`x${secret}`).toString("base64")).toString("base64")],
  ["UTF-16, little end first", (secret) => Buffer.from(secret, "utf16le")],
  ["UTF-16, big end first", (secret) => Buffer.from(secret, "utf16le").swap16()],
];

function unicode(sign: string, upper: unknown = false): string {
  const hex = sign.charCodeAt(0).toString(16).padStart(4, "0");
  return `\\u${upper === true ? hex.toUpperCase() : hex}`;
}

function percent(sign: string): string {
  return [...Buffer.from(sign)].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, "0")}`).join("");
}

/** What of a secret is left to be seen: the longest piece of the form that the answer still shows. */
function longestShown(form: Buffer, answer: Buffer): number {
  for (let length = form.length; length > 0; length -= 1)
    for (let start = 0; start + length <= form.length; start += 1)
      if (answer.includes(form.subarray(start, start + length))) return length;
  return 0;
}

const signs = (text: string): fc.Arbitrary<string> => fc.constantFrom(...text.split(""));

const secret = fc.oneof(
  fc.constant(SECRET),
  fc.string({ minLength: 12, maxLength: 60, unit: signs("abcdefABCDEF0123456789-_/+=") }),
  // Few letters, so that it overlaps with itself and with its own forms.
  fc.string({ minLength: 12, maxLength: 40, unit: fc.constantFrom("a", "b", "=") }),
);
const surroundings = fc.string({ maxLength: 80, unit: signs('abAB01=-/+ \n{}"%') });
const cuts = fc.array(fc.nat({ max: 400 }), { maxLength: 12 });

function cutAt(bytes: Buffer, places: readonly number[]): readonly Buffer[] {
  const sorted = [0, ...places.map((each) => each % (bytes.length + 1)).toSorted((a, b) => a - b), bytes.length];
  return sorted.slice(1).map((end, at) => bytes.subarray(sorted[at] ?? 0, end));
}

describe("a secret", () => {
  it.for(FORMS)("is hidden as %s, however the body is cut", ([, form]) => {
    fc.assert(
      fc.property(secret, surroundings, surroundings, cuts, (text, before, after, places) => {
        const shown = Buffer.from(form(text) as string);
        const body = Buffer.concat([Buffer.from(before), shown, Buffer.from(after)]);
        const answer = scrubbed([text], cutAt(body, places));
        expect(answer.length).toBe(body.length);
        for (const needle of needlesOf([text])) expect(answer.includes(needle)).toBe(false);
      }),
      { numRuns: 60 },
    );
  });

  it.for(FORMS)("leaves no more than its edges to be seen as %s", ([, form]) => {
    for (const text of ["Zq7Xw2Rk9Tn4Vb8Mj3Lc", SECRET]) {
      const shown = Buffer.from(form(text) as string);
      const answer = scrubbed([text], [Buffer.concat([Buffer.from("["), shown, Buffer.from("]")])]);
      // In base64 the first and the last sign hold bits of both sides; what frames a form is none of the secret.
      const framing = Buffer.from(form("") as string).length;
      expect(longestShown(shown, answer)).toBeLessThanOrEqual(Math.max(3, framing + 2));
    }
  });

  it("is hidden wholly where two occurrences overlap and the body is cut between them", () => {
    const overlapping = "xyzxyzxyzxyz";
    const body = Buffer.from(`.${"xyz".repeat(6)}.`);
    for (let cut = 0; cut <= body.length; cut += 1)
      expect(scrubbed([overlapping], [body.subarray(0, cut), body.subarray(cut)]).toString()).toBe(
        `.${"*".repeat(18)}.`,
      );
  });

  it("is hidden byte by byte as well", () => {
    const body = Buffer.from(`data: {"key":${JSON.stringify(SECRET)}}\n\n`);
    const answer = scrubbed(
      [SECRET],
      [...body].map((byte) => Buffer.from([byte])),
    );
    expect(answer.toString()).toBe(`data: {"key":"${"*".repeat(JSON.stringify(SECRET).length - 2)}"}\n\n`);
  });

  it("is hidden beside another one", () => {
    expect(scrubbed(["first-secret", "second-secret"], [Buffer.from("second-secretfirst-secret")]).toString()).toBe(
      "*".repeat(25),
    );
  });

  it("is hidden however short it is, but then only as it is", () => {
    expect(scrubbed(["abc"], [Buffer.from("xabcx YWJj")]).toString()).toBe("x***x YWJj");
    expect(scrubbed(["a"], [Buffer.from("bab")]).toString()).toBe("b*b");
    expect(scrubbed([], [Buffer.from("bab")]).toString()).toBe("bab");
  });
});

describe("what is no secret", () => {
  it("stays as it is, byte by byte, however it is cut", () => {
    fc.assert(
      fc.property(secret, fc.uint8Array({ maxLength: 2000 }), cuts, (text, bytes, places) => {
        const body = Buffer.from(bytes);
        fc.pre(needlesOf([text]).every((needle) => !body.includes(needle)));
        expect(scrubbed([text], cutAt(body, places)).equals(body)).toBe(true);
      }),
    );
  });

  it("goes on at once, but for an end that could begin a secret", () => {
    const scrubber = secretFilter(["secret-0123456789"]).scrubber();
    expect(scrubber.push(Buffer.from("data: hello\n\n")).toString()).toBe("data: hello\n\n");
    expect(scrubber.push(Buffer.from("data: secret")).toString()).toBe("data: ");
    expect(scrubber.push(Buffer.from("s\n\n")).toString()).toBe("secrets\n\n");
    expect(scrubber.push(Buffer.from("secret-012345678")).toString()).toBe("");
    expect(scrubber.end().toString()).toBe("secret-012345678");
  });

  it("is not changed in the chunk that somebody else owns", () => {
    const chunk = Buffer.from("a secret-0123456789 b");
    const scrubber = secretFilter(["secret-0123456789"]).scrubber();
    scrubber.push(chunk);
    expect(chunk.toString()).toBe("a secret-0123456789 b");
  });
});
