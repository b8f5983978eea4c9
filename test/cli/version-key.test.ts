import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { versionKey } from "../../src/cli/credentials/version-key.ts";
import { aShell } from "../support/shell.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "coop-version-key-"));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

const key = (): Promise<Buffer> => versionKey({ ...aShell(), environment: { XDG_STATE_HOME: folder } });

it("is made once, also by two at the same time, and leaves nothing beside it", async () => {
  const [one, other] = await Promise.all([key(), key()]);
  expect(one).toHaveLength(32);
  expect(other).toEqual(one);
  expect(await key()).toEqual(one);
  expect(readdirSync(join(folder, "coop"))).toEqual(["version.key"]);
});

it("is made anew where a full disk or a kill has left half of one: no value is digested under nothing", async () => {
  mkdirSync(join(folder, "coop"));
  for (const left of ["", "half"]) {
    writeFileSync(join(folder, "coop/version.key"), left);
    const made = await key();
    expect(made).toHaveLength(32);
    expect(await key()).toEqual(made);
  }
});
