import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as fc from "fast-check";
import { compileIgnore } from "../../../src/workspace/ignore/ignore-rules.ts";
import { git, gitWith, temporaryFolder } from "./git-fixture.ts";

/** A case: patterns of the root and of the folder `a`, and paths; one that ends with `/` is a folder, as is all above one. */
interface Case {
  readonly top: readonly string[];
  readonly inner: readonly string[];
  readonly paths: readonly string[];
}

const name = fc
  .stringMatching(/^[abA.][abA. -]{0,2}$/)
  .filter((text) => !/^\.{1,2}$/.test(text) && !text.endsWith(" "));
const path = fc
  .tuple(fc.array(name, { minLength: 1, maxLength: 4 }), fc.boolean())
  .map(([parts, folder]) => parts.join("/") + (folder ? "/" : ""));
const piece = fc.oneof(
  { weight: 4, arbitrary: name },
  { weight: 3, arbitrary: fc.constantFrom("*", "**", "?", "a*", "*a", "*.b", "a**", "**b", "a?", "*a*", "a*b*") },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      "[ab]",
      "[!a]",
      "[^b]*",
      "[a-b]",
      "[]a]",
      "[a\\-]",
      "\\a",
      "\\*",
      "[[:alpha:]]",
      "[[:punct:]]*",
      "[a",
      "a\\",
      "***",
      "\\ ",
      "a\\ ",
    ),
  },
);
const pattern = fc
  .tuple(
    fc.constantFrom("", "", "", "!", "\\!", "#", "\\#"),
    fc.constantFrom("", "", "/", "**/", "a/"),
    fc.array(piece, { minLength: 1, maxLength: 3 }),
    fc.constantFrom("", "", "/", "/**", "/*", " ", "  ", "\\ ", "//"),
  )
  .map(([lead, anchor, pieces, tail]) => lead + anchor + pieces.join("/") + tail);
const aCase: fc.Arbitrary<Case> = fc.record({
  top: fc.array(pattern, { minLength: 1, maxLength: 5 }),
  inner: fc.array(pattern, { maxLength: 2 }),
  paths: fc.array(path, { minLength: 1, maxLength: 12 }),
});

function foldersOf({ paths }: Case): ReadonlySet<string> {
  const parts = paths.map((each) => each.split("/").slice(0, -1));
  return new Set(["a", ...parts.flatMap((each) => each.map((_, at) => each.slice(0, at + 1).join("/")))]);
}

/** Asks git about many cases at once, each in a folder of its own; git looks at the disk to tell files from folders. */
function askGit(cases: readonly Case[]): ReadonlySet<string> {
  const root = temporaryFolder("oracle");
  git(root, "init", "-q");
  const asked: string[] = [];
  for (const [at, { top, inner, paths }] of cases.entries()) {
    const folder = join(root, `case${at}`);
    for (const each of foldersOf({ top, inner, paths })) mkdirSync(join(folder, each), { recursive: true });
    writeFileSync(join(folder, ".gitignore"), `${top.join("\n")}\n`);
    if (inner.length > 0) writeFileSync(join(folder, "a/.gitignore"), `${inner.join("\n")}\n`);
    asked.push(...paths.map((each) => `case${at}/${each.replace(/\/$/, "")}`));
  }
  const output = gitWith(
    root,
    { input: asked.map((each) => `${each}\0`).join(""), failing: true },
    "-c",
    "core.ignoreCase=true",
    "check-ignore",
    "--no-index",
    "-z",
    "--stdin",
  );
  return new Set(output.split("\0").filter((each) => each !== ""));
}

/** Our own answer. Broken patterns are our error and git's silence, so the case goes on without them. */
function askOurselves({ top, inner, paths }: Case): ReadonlyMap<string, boolean> {
  const compile = (lines: readonly string[]): readonly string[] =>
    lines.map((pattern) => (compileIgnore(rules([pattern], [])).ok ? pattern : ""));
  const compiled = compileIgnore(rules(compile(top), compile(inner)));
  if (!compiled.ok) throw new Error("a pattern is broken only among others");
  const folders = foldersOf({ top, inner, paths });
  const bare = paths.map((each) => each.replace(/\/$/, ""));
  return new Map(bare.map((each) => [each, compiled.value.matcher.hides(each, folders.has(each)).kind === "hidden"]));
}

function rules(top: readonly string[], inner: readonly string[]): Parameters<typeof compileIgnore>[0] {
  const files = [
    { folder: "", text: top.join("\n") },
    ...(inner.length > 0 ? [{ folder: "a", text: inner.join("\n") }] : []),
  ];
  return {
    rules: { builtin: false, patterns: [], allow: [] },
    agentPatterns: [],
    fileFolder: "",
    coopignoreFiles: files,
  };
}

/** Where git and we differ, over so many generated cases; and how many paths were hidden at all. */
export function disagreements(
  count: number,
  seed: number,
): { readonly wrong: readonly unknown[]; readonly hidden: number } {
  const cases = fc.sample(aCase, { numRuns: count, seed });
  const ignored = askGit(cases);
  const wrong = cases.flatMap((each, at) =>
    [...askOurselves(each)].flatMap(([path, hidden]) =>
      ignored.has(`case${at}/${path}`) === hidden ? [] : [{ top: each.top, inner: each.inner, path, git: !hidden }],
    ),
  );
  return { wrong, hidden: ignored.size };
}
