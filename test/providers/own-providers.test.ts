import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { readProviders } from "../../src/providers/own-providers.ts";
import { BUILT_IN_PROVIDERS } from "../../src/providers/provider-book.ts";

const MINE = `version: coop/provider/v1
name: mine
description: Mine
placeholder: "mine-{alnum:32}"
places: [{ hosts: [api.mine.test], header: x-mine }]
`;

function aFolder(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), "coop-providers-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  mkdirSync(join(folder, "providers"), { mode: 0o700 });
  for (const [name, text] of Object.entries(files))
    writeFileSync(join(folder, "providers", name), text, { mode: 0o600 });
  return folder;
}

it("adds a user's own to the built-in ones", () => {
  const book = readProviders(aFolder({ "mine.yaml": MINE, "notes.txt": "no provider" }));
  expect(book.find("mine")?.description).toBe("Mine");
  expect(book.names).toEqual([...BUILT_IN_PROVIDERS.names, "mine"].toSorted());
});

it("is content with no folder", () => {
  expect(readProviders("/nowhere")).toBe(BUILT_IN_PROVIDERS);
});

it("refuses one that would take the place of a built-in, whatever its file is called", () => {
  const shadow = MINE.replace("name: mine", "name: github");
  for (const file of ["github.yaml", "mine.yaml"])
    expect(() => readProviders(aFolder({ [file]: shadow }))).toThrow("`github` is a provider of coop's own");
});

it("names the mistakes of all files", () => {
  const folder = aFolder({ "a.yaml": "version: 1", "b.yaml": MINE });
  expect(() => readProviders(folder)).toThrow(/a\.yaml:1:1: [\s\S]*b\.yaml: the provider in it is named `mine`/);
});

it("refuses a file or a folder that others can change", () => {
  const folder = aFolder({ "mine.yaml": MINE });
  chmodSync(join(folder, "providers/mine.yaml"), 0o666);
  expect(() => readProviders(folder)).toThrow("can be changed by others");
  chmodSync(join(folder, "providers/mine.yaml"), 0o600);
  chmodSync(join(folder, "providers"), 0o777);
  expect(() => readProviders(folder)).toThrow("can be changed by others");
});
