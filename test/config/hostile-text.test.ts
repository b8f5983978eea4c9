import { describe, expect, it } from "vitest";
import { checkText } from "../../src/config/check-text.ts";
import { problemNames } from "./checked.ts";

/** An honest file of 1,000 agents, and what it costs here and now: the machine may be busy with other things. */
const honest = `version: coop/v1\nagents:\n${Array.from({ length: 1000 }, (_, at) => `  a${at}:\n    run: [npm, test]\n    resources: { cpus: 2, memory: 4GiB }\n    environment: { NODE_ENV: test }\n    ports: [3000, 4000]\n`).join("")}`;

function processorTime(text: string): number {
  const before = process.cpuUsage();
  problemNames(text);
  return process.cpuUsage(before).user;
}

/** What is wrong by name. A second at most where the honest file takes a tenth of one. */
function soon(text: string): readonly string[] {
  const allowed = Math.max(processorTime(honest), processorTime(honest)) * 10;
  const before = process.cpuUsage();
  const names = problemNames(text);
  expect(process.cpuUsage(before).user).toBeLessThan(allowed);
  return [...new Set(names)];
}

const V = "version: coop/v1\n";

describe("a hostile text is refused, soon and by name", { timeout: 60_000 }, () => {
  it.for([
    ["NUL", `${V}gate: a\0b\n`, "ControlCharacter"],
    ["a tab that indents", `${V}agents:\n\tcoder: {}\n`, "TabIndentation"],
    ["a tab behind spaces", `${V}agents:\n  \tcoder: {}\n`, "TabIndentation"],
    ["a second document", `${V}---\nversion: coop/v1\n`, "SecondDocument"],
    ["a second document after an end", `${V}...\n${V}`, "SecondDocument"],
    ["a directive", "%YAML 1.1\n---\nversion: coop/v1\n", "DirectiveRefused"],
    ["a tag directive", "%TAG !e! tag:example.com,2000:\n---\nversion: coop/v1\n", "DirectiveRefused"],
    ["a tag", `${V}gate: !!binary aGk=\n`, "TagRefused"],
    ["a merge key", `${V}agents: { a: &a {}, b: { <<: *a } }\n`, "MergeKeyRefused"],
    ["an unknown alias", `${V}gate: *x\n`, "UnknownAlias"],
    ["an alias of itself", `${V}agents: &a { b: *a }\n`, "UnknownAlias"],
    ["a key that is a list", `${V}agents: { [a]: {} }\n`, "KeyNotText"],
    ["a key of a prototype", `${V}agents: { __proto__: {} }\n`, "KeyNotText"],
    ["text that looks reversed", `${V}gate: a\u202eb\n`, "DirectionCharacter"],
    ["half a character", `${V}gate: a\ud800b\n`, "ControlCharacter"],
    ["nothing", "", "EmptyFile"],
    ["comments alone", "# a\n\n# b\n", "EmptyFile"],
    ["null", "~\n", "EmptyFile"],
    ["an open quote", `${V}gate: "a\n`, "YamlSyntax"],
    ["an open bracket", `${V}agents: { a: [\n`, "YamlSyntax"],
    ["100,000 lists in each other", `${V}gate: ${"[".repeat(100_000)}`, "TooDeep"],
    ["100,000 closed lists in each other", `${V}gate: ${"[".repeat(100_000)}${"]".repeat(100_000)}`, "TooDeep"],
    ["100,000 mappings in each other", `${V}gate: ${"{a: ".repeat(100_000)}`, "TooDeep"],
    ["100,000 dashes in a line", `${V}gate:\n  ${"- ".repeat(100_000)}`, "TooDeep"],
    ["100,000 question marks in a line", "? ".repeat(100_000), "TooDeep"],
    ["400 lists in each other", `${V}gate: ${"[".repeat(400)}${"]".repeat(400)}`, "TooDeep"],
    [
      "1,000 steps of indentation",
      V + Array.from({ length: 1000 }, (_, depth) => `${" ".repeat(depth)}a:\n`).join(""),
      "TooDeep",
    ],
    ["200,000 brackets that open and close", `${V}gate: [${"[],".repeat(100_000)}]\n`, "WrongType"],
    ["100,000 unknown keys", V + Array.from({ length: 100_000 }, (_, at) => `k${at}:\n`).join(""), "UnknownField"],
    [
      "200,000 unknown keys",
      V + Array.from({ length: 200_000 }, (_, at) => `k${at}: ${at}\n`).join(""),
      "UnknownField",
    ],
    [
      "200,000 unknown keys of an agent",
      `${V}agents:\n  a:\n${Array.from({ length: 200_000 }, (_, at) => `    k${at}: ${at}\n`).join("")}`,
      "UnknownField",
    ],
    [
      "200,000 unknown keys of 20,000 agents",
      `${V}agents:\n${Array.from({ length: 20_000 }, (_, at) => `  a${at}: { b: 1, c: 2, d: 3, f: 4, g: 5, h: 6, i: 7, j: 8, k: 9, l: 10 }\n`).join("")}`,
      "UnknownField",
    ],
    ["200,000 keys that are there already", `${V}agents:\n${"  a: { run: shell }\n".repeat(200_000)}`, "DuplicateKey"],
    ["300 KiB of an open quote", `${V}gate: "${"a ".repeat(150_000)}`, "YamlSyntax"],
    ["300 KiB of anchors", V + "&a ".repeat(100_000), "YamlSyntax"],
    ["300 KiB of colons", V + ": ".repeat(150_000), "TooDeep"],
    ["one entry of a megabyte", `${V}gate: ${"a".repeat(2 ** 20)}\n`, "EntryTooLarge"],
    ["a flow mapping of a megabyte", `{ version: coop/v1, agents: {${"a: {},".repeat(2 ** 18)}} }`, "EntryTooLarge"],
  ] as const)("%s", ([, text, name]) => {
    expect(soon(text)).toContain(name);
  });

  it("a billion laughs", () => {
    const lines = ["a: &a [lol, lol, lol, lol, lol, lol, lol, lol, lol]"];
    for (const [from, to] of ["ab", "bc", "cd", "de", "ef", "fg", "gh", "hi"].map((pair) => [
      pair[0] ?? "",
      pair[1] ?? "",
    ])) {
      lines.push(`${to}: &${to} [${Array.from({ length: 9 }, () => `*${from}`).join(", ")}]`);
    }
    expect(soon(`${lines.join("\n")}\n`)).toEqual(["AliasExplosion"]);
  });

  it("a list of 40,000 mistakes, of which 1,000 are shown", () => {
    const items = Array.from({ length: 40_000 }, () => "    - {}\n").join("");
    const { diagnostics } = checkText(`${V}egress:\n  rules:\n${items}`, { file: "coop.yaml", folderName: "demo" });
    expect(diagnostics).toHaveLength(1001);
    expect(diagnostics.at(-1)).toMatchObject({
      name: "TooManyProblems",
      message: "79000 further problems of this file are not shown.",
    });
  });

  it("more rules than can be compared", () => {
    const rules = Array.from({ length: 2001 }, (_, at) => `    - { name: r${at}, host: h${at}.example.com }\n`).join(
      "",
    );
    expect(soon(`${V}egress:\n  rules:\n${rules}`)).toContain("TooManyRules");
  });

  it("2,000 rules for one host that one agent has", () => {
    const rules = Array.from(
      { length: 2000 },
      (_, at) => `    - { name: r${at}, host: example.com, paths: ["/${at}/*/${"*/x".repeat(9)}"] }\n`,
    ).join("");
    const names = Array.from({ length: 2000 }, (_, at) => `r${at}`).join(", ");
    expect(soon(`${V}agents: { a: { egress: [${names}] } }\negress:\n  rules:\n${rules}`)).toEqual([]);
  });

  it("a chain of 5,000 services, and a circle of them", () => {
    const chain = (last: string): string =>
      Array.from(
        { length: 5000 },
        (_, at) => `  s${at}: { image: i, dependsOn: [${at === 4999 ? last : `s${at + 1}`}] }\n`,
      ).join("");
    expect(soon(`${V}services:\n${chain("end")}  end: { image: i }\n`)).toEqual([]);
    expect(soon(`${V}services:\n${chain("s0")}`)).toEqual(["DependencyCycle"]);
  });
});

describe("YAML 1.2 as people write it is read", () => {
  it.for([
    ["yes is a text", `${V}gate: yes\n`],
    ["aliases that are few", `${V}agents: { a: &a { ports: [1] }, b: *a }\n`],
    ["brackets in texts", `${V}gate: ${JSON.stringify("[".repeat(400))}\n`],
    ["a closing brace at its key's column", `${V}agents: {\n  a: {\n    run: shell\n  }\n}\n`],
    ["tabs between words", `${V}agents:\t{ a: {\trun: shell } }\t# why\n`],
    ["a block text with tabs", `${V}agents:\n  a:\n    run: claude\n    prompt: |\n      one\n      \ttwo\n`],
    ["no line feed at the end", "version: coop/v1"],
  ] as const)("%s", ([, text]) => {
    expect(problemNames(text)).toEqual([]);
  });
});
