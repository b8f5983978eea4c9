import { mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { validate } from "../../src/cli/commands/validate.ts";
import { aShell } from "../support/shell.ts";

let cwd = "";

beforeEach(() => {
  cwd = realpathSync(mkdtempSync(join(tmpdir(), "coop-validate-")));
});

afterEach(() => {
  rmSync(cwd, { recursive: true, force: true });
});

/** What the command prints and ends with, for a text. */
async function run(
  text: string | null,
  json = false,
  strict = false,
): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
  if (text !== null) writeFileSync(join(cwd, "coop.yaml"), text);
  const shell = aShell({ cwd, columns: 80 });
  const code = await validate({ file: null, json, strict }, shell);
  return { code, out: shell.answered(), err: shell.said() };
}

describe("coop validate", () => {
  it("says what a valid file declares", async () => {
    const text =
      "version: coop/v1\nagents: { a: { egress: [r] }, b: {} }\nservices: { s: { image: redis:7 } }\negress: { rules: [{ name: r, host: example.com }] }\n";
    expect(await run(text)).toEqual({
      code: 0,
      out: "coop.yaml is valid: 2 agents, 1 service, 1 egress rule.\n",
      err: "",
    });
  });

  it("shows warnings of a valid file beside the answer", async () => {
    const { code, out, err } = await run("version: coop/v1\nagents: { a: { run: shell, model: opus } }\n");
    expect([code, out]).toEqual([0, "coop.yaml is valid: 1 agent, 0 services, 0 egress rules.\n"]);
    expect(err).toContain("warning COOP2013");
  });

  it("counts warnings as errors when asked to, in words and in JSON", async () => {
    const text = "version: coop/v1\nagents: { a: {} }\nfleets: { f: { agent: a, replicas: 2, maxParallel: 4 } }\n";
    const loose = await run(text, true);
    expect(loose.code).toBe(0);
    expect(JSON.parse(loose.out)).toMatchObject({
      ok: true,
      errors: 0,
      warnings: 1,
      diagnostics: [{ code: "COOP2213", severity: "warning" }],
    });
    const strict = await run(text, true, true);
    expect(strict.code).toBe(3);
    expect(JSON.parse(strict.out)).toMatchObject({
      ok: false,
      errors: 1,
      warnings: 0,
      diagnostics: [{ code: "COOP2213", severity: "error" }],
    });
    const words = await run(text, false, true);
    expect([words.code, words.out]).toEqual([3, ""]);
    expect(words.err).toContain("error COOP2213");
    expect((await run("version: coop/v1\nagents: { a: {} }\n", false, true)).code).toBe(0);
  });

  it("shows the mistakes and their number, and ends with 3", async () => {
    const { code, out, err } = await run("version: coop/v1\nagents: { a: { prot: 1, services: [x] } }\n");
    expect([code, out]).toEqual([3, ""]);
    expect(err).toContain(
      "  ┌─ coop.yaml:2:16\n2 │ agents: { a: { prot: 1, services: [x] } }\n  │                ^^^^\n",
    );
    expect(err).toMatch(/\n\n2 errors\.\n$/u);
  });

  it("prints JSON for programs", async () => {
    const { code, out, err } = await run("version: coop/v2\n", true);
    expect([code, err]).toEqual([3, ""]);
    expect(JSON.parse(out)).toMatchObject({
      ok: false,
      errors: 1,
      warnings: 0,
      diagnostics: [{ code: "COOP1023", span: { file: "coop.yaml" } }],
    });
  });

  it("says so where there is no file", async () => {
    const { code, err } = await run(null);
    expect(code).toBe(3);
    expect(err).toContain("error COOP1001: There is no `coop.yaml` in");
  });
});
