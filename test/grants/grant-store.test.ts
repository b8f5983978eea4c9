import { chmod, mkdtemp, readFile, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import type { Grant } from "../../src/grants/grant.ts";
import { readGrants, writeGrants } from "../../src/grants/grant-store.ts";

const GRANT: Grant = {
  repository: "/srv/shop",
  clone: "git:0",
  subject: "agents.coder",
  name: "TOKEN",
  source: "env:T",
  hosts: [],
  profile: null,
};

describe("the grant store", () => {
  let file = "";
  beforeEach(async () => {
    file = join(await mkdtemp(join(tmpdir(), "coop-grants-")), "coop", "grants.json");
  });

  it("grants nothing where there is no file", async () => {
    expect(await readGrants(file)).toEqual([]);
  });

  it("reads back what it wrote, readable for its user alone", async () => {
    await writeGrants(file, [GRANT]);
    expect(await readGrants(file)).toEqual([GRANT]);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  it("counts nothing in a file that others may write", async () => {
    await writeGrants(file, [GRANT]);
    await chmod(file, 0o666);
    await expect(readGrants(file)).rejects.toThrow("may be written by others");
  });

  it.for(["", "{", "[]", '{"grants":[{}]}', '{"grants":[{"repository":1}]}', "null"])(
    "counts nothing in a broken file: %s",
    async (text) => {
      await writeGrants(file, []);
      await writeFile(file, text);
      await expect(readGrants(file)).rejects.toThrow("not a list of grants");
      expect(await readFile(file, "utf8")).toBe(text);
    },
  );
});
