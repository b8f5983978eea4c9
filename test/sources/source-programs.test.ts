import { chmod, mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { describe, expect, it } from "vitest";
import type { UserSource } from "../../src/sources/secret-request.ts";
import { readSource } from "../../src/sources/source-reader.ts";
import { parseUserSettings } from "../../src/sources/user-settings.ts";

/** Reads a source as settings write it, with programs of the test's own that print what they were called with. */
async function calling(name: string, written: string): Promise<readonly string[]> {
  const folder = await mkdtemp(join(tmpdir(), "coop-programs-"));
  await writeFile(join(folder, name), '#!/bin/sh\nfor each in "$@"; do printf "%s|" "$each"; done\n');
  await chmod(join(folder, name), 0o755);
  const settings = parseUserSettings(JSON.stringify({ sources: { it: written } }), "/home/me");
  if (!settings.ok) throw new Error(settings.reason);
  const source: UserSource = settings.value.sources["it"] ?? { kind: "vault" };
  const environment = { PATH: `${folder}${delimiter}${process.env["PATH"] ?? ""}` };
  const world = { environment, cwd: folder, azure: null, withheld: [] };
  const value = await readSource(source, "environment", world, new AbortController().signal);
  return value.kind === "text" ? value.text.split("|").slice(0, -1) : [];
}

describe("sources that other programs read", () => {
  it("asks 1Password for a reference", async () => {
    expect(await calling("op", "op://Work Vault/github/token")).toEqual([
      "read",
      "--no-newline",
      "op://Work Vault/github/token",
    ]);
  });

  it.for<[string, readonly string[]]>([
    ["ssm://eu-central-1/shop/key", ["--region", "eu-central-1"]],
    ["ssm:///shop/key", []],
  ])("asks AWS for the parameter of %s, decrypted", async ([written, region]) => {
    expect(await calling("aws", written)).toEqual([
      "ssm",
      "get-parameter",
      "--with-decryption",
      ...region,
      "--query",
      "Parameter.Value",
      "--output",
      "text",
      "--name",
      "/shop/key",
    ]);
  });

  it("says that a program is not installed", async () => {
    await expect(calling("other", "op://a/b/c")).rejects.toMatchObject({
      message: "is not installed, or not in PATH",
      mend: "Install op, or name another source.",
    });
  });
});
