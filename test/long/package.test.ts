import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { must, run } from "../e2e/support/command.ts";
import { packed } from "../e2e/support/package.ts";
import { fileScope } from "../e2e/support/scope.ts";

const scope = fileScope();

it("is packed, installed by npm in another folder, and checks a file there", async () => {
  const folder = mkdtempSync(join(tmpdir(), "coop-install-"));
  scope.later(() => rmSync(folder, { recursive: true, force: true }));
  const tarball = await packed(scope);
  writeFileSync(join(folder, "package.json"), '{ "name": "somebody-elses", "private": true }');
  await must(["npm", "install", "--no-audit", "--no-fund", tarball], { cwd: folder, timeoutMs: 280_000 });
  writeFileSync(join(folder, "coop.yaml"), "version: coop/v1\nagents: { coder: { run: shell } }\n");
  const said = await run(["npx", "--no-install", "coop", "validate"], { cwd: folder });
  expect(said).toMatchObject({ code: 0, out: "coop.yaml is valid: 1 agent, 0 services, 0 egress rules.\n" });
  writeFileSync(join(folder, "coop.yaml"), "version: coop/v1\nagents: { coder: { rum: shell } }\n");
  const refused = await run(["node_modules/.bin/coop", "validate"], { cwd: folder });
  expect(refused.code).toBe(3);
  expect(refused.err).toContain("Rename it to `run`.");
});
