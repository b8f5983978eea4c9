import { Ajv2020 } from "ajv/dist/2020.js";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { checkText } from "../../src/config/check-text.ts";
import { diagnosticsReport } from "../../src/render/diagnostics-json.ts";
import { renderDiagnostics } from "../../src/render/diagnostics.ts";

function rendered(text: string, options: { readonly colours?: boolean; readonly columns?: number } = {}): string {
  const { diagnostics } = checkText(text, { file: "coop.yaml", folderName: "demo" });
  return renderDiagnostics(diagnostics, {
    textOf: () => text,
    colours: options.colours ?? false,
    columns: options.columns ?? 80,
  });
}

describe("diagnostics as text", () => {
  it("show all mistakes of a file in its order", async () => {
    const text = readFileSync(new URL("golden/many-mistakes.yaml", import.meta.url), "utf8");
    await expect(rendered(text)).toMatchFileSnapshot("golden/many-mistakes.txt");
  });

  it("put the caret below the character behind wide ones and tabs", () => {
    expect(rendered('version: coop/v1\nagents: { coder: { run: claude, prompt: "日本 👍",\tprot: 1 } }\n')).toContain(
      ['2 │ agents: { coder: { run: claude, prompt: "日本 👍",    prot: 1 } }', `  │ ${" ".repeat(54)}^^^^`].join("\n"),
    );
  });

  it("show a stretch of a long line", () => {
    const shown = rendered(
      `version: coop/v1\nagents: { ${"a".repeat(60)}: { run: shell }, ${"b".repeat(60)}: { prot: 1 }, ${"c".repeat(300)}: {} }\n`,
    );
    for (const line of shown.split("\n").filter((each) => each.includes("│")))
      expect(line.length).toBeLessThanOrEqual(80);
    expect(shown).toMatch(/│ ….*prot: 1.*…\n.*\^\^\^\^/u);
  });

  it("let no control character of the file reach the terminal", () => {
    const escape = String.fromCodePoint(0x1b);
    expect(rendered(`version: coop/v1\ngate: "${escape}[31mred"\n`)).not.toContain(escape);
    expect(rendered(`version: coop/v1\nagents: { "\\e[2J": {} }\n`)).not.toContain(escape);
  });

  it("have colours where they are asked for", () => {
    expect(rendered("version: coop/v2\n", { colours: true })).toContain("\u001b[31m");
  });

  it("point behind the end of the text where something is missing there", () => {
    expect(rendered('version: coop/v1\ngate: "x')).toContain('2 │ gate: "x\n  │         ^');
  });
});

describe("diagnostics as JSON", () => {
  const schema: object = JSON.parse(
    readFileSync(new URL("../../schema/diagnostics.v1.schema.json", import.meta.url), "utf8"),
  );

  it("follow their schema", () => {
    const text = readFileSync(new URL("golden/many-mistakes.yaml", import.meta.url), "utf8");
    const report = diagnosticsReport(checkText(text, { file: "coop.yaml", folderName: "demo" }).diagnostics);
    const ajv = new Ajv2020({ strict: true });
    expect(ajv.validate(schema, JSON.parse(JSON.stringify(report))), JSON.stringify(ajv.errors)).toBe(true);
    expect(report).toMatchObject({ ok: false, warnings: 0 });
  });
});
