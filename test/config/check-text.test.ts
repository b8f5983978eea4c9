import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { checkText } from "../../src/config/check-text.ts";
import { hints, meaning, modelOf, problemNames, problems } from "./checked.ts";

const everything = readFileSync(new URL("golden/everything.yaml", import.meta.url), "utf8");

describe("a file that uses the whole surface", () => {
  it("is valid", () => {
    expect(problems(everything)).toEqual([]);
  });

  it("has this meaning", async () => {
    await expect(meaning(modelOf(everything))).toMatchFileSnapshot("golden/everything.model.json");
  });
});

describe("equal meaning", () => {
  it.for([
    [
      "an order of keys",
      "agents: { b: { run: shell }, a: { run: codex } }",
      "agents: { a: { run: codex }, b: { run: shell } }",
    ],
    [
      "an order of a list without one",
      "egress: { resolvers: [10.0.0.2, 10.0.0.1] }",
      "egress: { resolvers: [10.0.0.1, 10.0.0.2] }",
    ],
    [
      "defaults and fields",
      "defaults: { resources: { cpus: 4 } }\nagents: { a: { resources: { pids: 9 } } }",
      "agents: { a: { resources: { pids: 9, cpus: 4 } } }",
    ],
    [
      "both forms of environment",
      "agents: { a: { environment: [B=2, A=x] } }",
      'agents: { a: { environment: { A: x, B: "2" } } }',
    ],
    ["both forms of a workspace", "agents: { a: { workspace: none } }", "agents: { a: { workspace: { mode: none } } }"],
    [
      "spellings of a host",
      "agents: { a: { egress: [r] } }\negress: { rules: [{ name: r, host: Bücher.Example. }] }",
      "agents: { a: { egress: [r] } }\negress: { rules: [{ name: r, host: xn--bcher-kva.example }] }",
    ],
    ["units", "services: { a: { image: i, readyTimeout: 2m } }", "services: { a: { image: i, readyTimeout: 120s } }"],
    [
      "units of sizes",
      "agents: { a: { resources: { memory: 1GiB } } }",
      "agents: { a: { resources: { memory: 1024MiB } } }",
    ],
    [
      "a written default",
      "agents: { a: {} }",
      "agents: { a: { restart: on-failure, isolation: container, image: { base: default }, egress: [] } }",
    ],
    ["an anchor", "agents: { a: &x { run: [make] }, b: *x }", "agents: { a: { run: [make] }, b: { run: [make] } }"],
    [
      "a command's two forms",
      "services: { a: { image: i, command: serve 'a b' } }",
      "services: { a: { image: i, command: [serve, a b] } }",
    ],
    ["block and flow style", "agents:\n  a:\n    ports:\n    - 1\n    - 2", "agents: { a: { ports: [2, 1] } }"],
    [
      "a prompt's own form",
      "defaults: { promptFile: x, run: claude }\nagents: { a: { prompt: y } }",
      "agents: { a: { run: claude, prompt: y } }",
    ],
  ] as const)("comes from %s", ([, one, other]) => {
    expect(meaning(modelOf(`version: coop/v1\n${one}\n`))).toBe(meaning(modelOf(`version: coop/v1\n${other}\n`)));
  });

  it("comes from any line ends and with a byte-order mark", () => {
    const expected = meaning(modelOf(everything));
    expect(meaning(modelOf(everything.replaceAll("\n", "\r\n")))).toBe(expected);
    expect(meaning(modelOf(`\uFEFF${everything}`))).toBe(expected);
    expect(meaning(modelOf(`---\n${everything}...\n`))).toBe(expected);
  });
});

describe("the project's name", () => {
  it("is the folder's, made a name", () => {
    expect(modelOf("version: coop/v1\n", "My Shop_2").project).toBe("my-shop-2");
  });

  it("must be written where the folder's cannot be one", () => {
    const { diagnostics } = checkText("version: coop/v1\n", { file: "coop.yaml", folderName: "---" });
    expect(diagnostics.map(({ name }) => name)).toEqual(["ProjectNameNeeded"]);
  });
});

describe("mistakes", () => {
  it("of text, schema and meaning are told in one run, by their places", () => {
    expect(
      problems(
        "version: coop/v1\nagents:\n  a: { services: [x], prot: 1, ports: [0] }\n  a: {}\ndefaultTarget: there\n",
      ),
    ).toEqual([
      "COOP2001 3:19 There is no service named `x`.",
      "COOP1020 3:23 `prot` is not a field of an agent.",
      "COOP1024 3:40 `agents.a.ports[0]` is out of range.",
      "COOP1010 4:3 `a` is written twice in this mapping.",
      "COOP2001 5:16 There is no target named `there`.",
    ]);
  });

  it("do not make other parts look unknown", () => {
    expect(
      problemNames(
        "version: coop/v1\nagents: { a: { services: [db], egress: [r] } }\nservices: { db: { imag: x } }\negress: { rules: [{ name: r, hst: x }] }\n",
      ),
    ).toEqual(["MissingField", "UnknownField", "MissingField", "UnknownField"]);
  });

  it.for([
    ["version: coop/v1\nagents:\n  a: { image: debian }\n", "Write `image: { ref: debian }`."],
    ["version: coop/v1\nagents:\n  a: { environment: { A: } }\n", 'Write a value, or `""` for an empty one.'],
    ["version: coop/v1\nagents:\n  a:\n", "Write `a: {}` where nothing is to be said, or remove it."],
    ["version: coop/v1\nagents:\n  a: { restart: no }\n", "Write `never`."],
    ["version: coop/v1\nagents:\n  a: { egress: all }\n", "Write `open`."],
    ["version: coop/v1\nagents:\n  a: { cap_add: [X] }\n", "Write `unsafe: { capabilities: [NAME] }`."],
    [
      "version: coop/v1\nagents:\n  a: { egress: model }\n",
      "Name rules in a list: write `[model]`; every public name is `open`.",
    ],
    ["version: coop/v1\nagents:\n  a: { resources: { memory: 1.5GB } }\n", "Write `1536MiB`."],
    ["version: coop/v1\nservices:\n  a: { image: x, readyTimeout: 2 minutes }\n", "Write `2m`."],
    ["agents: {}\n", "Begin the file with `version: coop/v1`."],
    ["version: coop/v1\nagents: []\n", "Write names with a colon, without dashes: `name: …`."],
    ["just words\n", "Write a mapping: `{ field: value }`, or one field a line."],
  ] as const)("come with their mend: %s", ([text, hint]) => {
    expect(hints(text)).toEqual([hint]);
  });

  it("of a file that is no mapping are told as one", () => {
    expect(problemNames("- a\n- b\n")).toEqual(["WrongType"]);
    expect(problemNames("")).toEqual(["EmptyFile"]);
  });
});
