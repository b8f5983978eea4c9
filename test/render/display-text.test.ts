import { expect, it } from "vitest";
import { harmlessLines, harmlessOutput } from "../../src/render/display-text.ts";

const ESC = "\u001b";

it.for([
  ["a title", `a${ESC}]0;title\u0007b`, "a\\u{1b}]0;title\\u{7}b"],
  ["the clipboard", `${ESC}]52;c;aGk=${ESC}\\`, "\\u{1b}]52;c;aGk=\\u{1b}\\"],
  ["a report that answers for the user", `${ESC}[6n${ESC}[c`, "\\u{1b}[6n\\u{1b}[c"],
  ["a cursor that goes up and writes over", `ok${ESC}[1A${ESC}[2Kfaked`, "ok\\u{1b}[1A\\u{1b}[2Kfaked"],
  ["a line that is written over", "denied\rallowed", "denied\\u{d}allowed"],
  ["an eight-bit sequence", "a\u009b31mb\u009d0;t\u009c", "a\\u{9b}31mb\\u{9d}0;t\\u{9c}"],
  ["a change of direction", "abc\u202Etxt.exe\u202C", "abc\\u{202e}txt.exe\\u{202c}"],
  ["a bell and a backspace", "a\u0007\u0008b", "a\\u{7}\\u{8}b"],
  ["hidden text, by its colour", `a${ESC}[8mhidden${ESC}[0mb`, "ahiddenb"],
  ["a sequence that is cut off", `a${ESC}[3`, "a\\u{1b}[3"],
] as const)("shows a terminal %s and does not let it be obeyed", ([, line, shown]) => {
  expect(harmlessOutput(line)).toBe(shown);
  expect(harmlessOutput(line)).not.toMatch(/[\u0000-\u0008\u000a-\u001f\u007f-\u009f]/);
});

it("leaves what people write as it is: tabs, accents, wide letters, pictures; colours go", () => {
  expect(harmlessOutput("a\tb  ü 漢字 👩‍💻 → ✓")).toBe("a\tb  ü 漢字 👩‍💻 → ✓");
  expect(harmlessOutput(`${ESC}[1;32mPASS${ESC}[0m test\r`)).toBe("PASS test");
});

it("keeps the lines of a message", () => {
  expect(harmlessLines(`error: it said\n    ${ESC}[2Jx`)).toBe("error: it said\n    \\u{1b}[2Jx");
});
