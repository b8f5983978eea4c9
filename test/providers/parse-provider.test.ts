import { expect, it } from "vitest";
import { parseProvider } from "../../src/providers/parse-provider.ts";

const HEAD = `version: coop/provider/v1
name: mine
description: Mine
placeholder: "mine-{alnum:32}"
`;

function problemsOf(text: string): readonly string[] {
  const read = parseProvider(text, "mine.yaml");
  return read.ok ? [] : read.problems;
}

it("reads a small one, with everything filled in", () => {
  const text = `${HEAD}places: [{ hosts: [api.mine.test, "*.mine.test"], header: x-mine, prefix: "Token " }]\n`;
  expect(parseProvider(text, "mine.yaml")).toEqual({
    ok: true,
    provider: {
      name: "mine",
      description: "Mine",
      places: [
        {
          hosts: [
            { kind: "exact", name: "api.mine.test" },
            { kind: "one-label", suffix: "mine.test" },
          ],
          paths: [],
          into: { kind: "header", header: "x-mine", prefix: "Token " },
          carriers: ["x-mine"],
          queryCarriers: [],
          merge: [],
          ownHosts: false,
        },
      ],
      placeholder: "mine-{alnum:32}",
      environment: [],
      files: [],
      test: null,
      refresh: null,
      expiry: null,
    },
  });
});

it.for([
  ["places: [{ hosts: [a.test] }]", "5:10: A place needs exactly one of header, basic, query, path, sign."],
  ["places: [{ hosts: [a.test], header: a, basic: b }]", "5:10: A place needs exactly one of"],
  ["places: [{ hosts: [A.test], header: a }]", "5:20: `0` must look like"],
  ["places: [{ hosts: [a.test], header: X-Key }]", "5:29: `X-Key` is no header's name in lower case"],
  ["places: [{ hosts: [a.test], header: host }]", "5:29: `host` steers the request itself."],
  ["places: [{ hosts: [a.test], header: a, carriers: [cookie] }]", "5:51: `cookie` steers"],
  ['places: [{ hosts: [a.test], header: a, prefix: "a\\nb: " }]', "5:40: `prefix` is one word"],
  ['places: [{ hosts: [a.test], basic: "a:b" }]', "5:29: A user of Basic"],
  ["places: [{ hosts: [], header: a }]", "5:12: A place without hosts is never used"],
  ["places: []", "5:1: `places` is too short"],
  ["places: [{ hosts: [a.test], header: a }]\nplace: 1", "6:1: `place` is not a field here."],
  ["places: [{ hosts: [a.test], header: a }]\nenvironment: { A-B: x }", "6:16: `A-B` is no name"],
  ["places: [{ hosts: [a.test], header: a }]\nfiles: { ../x: y }", "6:10: `../x` is no name"],
  ["places: [{ hosts: [a.test], header: a }]\nfiles: { /etc/x: y }", "6:10: `/etc/x` is no name"],
  [
    "places: [{ hosts: [a.test], header: a }]\ntest: { url: https://b.test/ }",
    "6:9: The test goes to a host of the places",
  ],
  ["places: [{ hosts: [a.test], header: a }]\ntest: { url: http://a.test/ }", "6:9: `url` must look like ^https://."],
  ["places: [{ hosts: [a.test], header: a }]\nname: again", "6:1: Map keys must be unique"],
] as const)("%s: %s", ([text, problem]) => {
  const found = problemsOf(`${HEAD}${text}\n`);
  expect(
    found.some((each) => each.startsWith(`mine.yaml:${problem}`)),
    found.join("\n"),
  ).toBe(true);
});

it.for([
  ["{alnum:4}", "could be something else"],
  ["{words:32}", "no kind of characters `words`"],
  ["{alnum:x}{hex:32}", "A part in braces"],
  ["with spaces {hex:32}", "no spaces"],
] as const)("refuses the placeholder %s", ([placeholder, problem]) => {
  const text = HEAD.replace("mine-{alnum:32}", placeholder);
  expect(problemsOf(`${text}places: [{ hosts: [a.test], header: a }]\n`).join()).toContain(problem);
});

it("says every mistake at once", () => {
  expect(problemsOf("version: 2\nname: Mine\n").length).toBeGreaterThanOrEqual(5);
});
