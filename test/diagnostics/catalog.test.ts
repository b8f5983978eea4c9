import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { checkText } from "../../src/config/check-text.ts";
import { CATALOG } from "../../src/diagnostics/catalog.ts";
import type { DiagnosticName } from "../../src/diagnostics/catalog.ts";

/** Entries that no file text brings out by itself, with the test that does. */
const ELSEWHERE = {
  FileNotFound: "config/load",
  NotAFile: "config/load",
  FileUnreadable: "config/load",
  FileTooLarge: "config/load",
  FileOutsideRepository: "config/load",
  NotUtf8: "config/load",
  TooManyProblems: "config/hostile-text",
  WrongFileName: "config/load",
  EntryTooLarge: "config/hostile-text",
  PathNotFound: "config/load",
  PathNotAFile: "config/load",
  ProjectNameNeeded: "config/check-text",
  TooManyRules: "config/hostile-text",
  NotSupportedByBackend: "compilers",
  CoopignoreUnreadable: "workspace",
  IgnorePatternNeverMatches: "workspace",
  SecretInShippedFile: "workspace",
  LeftOutOfView: "workspace",
} as const satisfies Partial<Record<DiagnosticName, string>>;

const entries = Object.entries(CATALOG);
const here = entries.filter(([name]) => !Object.hasOwn(ELSEWHERE, name));

describe("the catalogue", () => {
  it.for(here)("has an example for %s that brings out this and nothing else", ([name, { example, code }]) => {
    const { diagnostics } = checkText(example, { file: "coop.yaml", folderName: "demo" });
    expect(new Set(diagnostics.map((each) => `${each.code} ${each.name}`))).toEqual(new Set([`${code} ${name}`]));
  });

  it("gives every code once, in the range of its kind", () => {
    const codes = entries.map(([, { code }]) => code);
    expect(new Set(codes).size).toBe(codes.length);
    for (const code of codes) expect(code).toMatch(/^COOP[1235]\d{3}$/u);
  });

  it("says what to do about each of them", () => {
    for (const [name, { example }] of here) {
      for (const each of checkText(example, { file: "coop.yaml", folderName: "demo" }).diagnostics) {
        expect(each.hint, name).not.toBe("");
        expect(each.message, name).toMatch(/[.:]$/u);
        expect(each.span, name).not.toBeNull();
      }
    }
  });

  it("is the source of docs/diagnostics.md", () => {
    const page = readFileSync(new URL("../../docs/diagnostics.md", import.meta.url), "utf8");
    for (const [name, { code }] of entries) expect(page).toContain(`## ${code} ${name}\n`);
  });
});
