import { mkdtemp, mkdir, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { main } from "../../src/cli/main.ts";
import { aShell } from "../support/shell.ts";

const FILE = `version: coop/v1
project: shop
agents:
  coder: { run: [sleep, infinity], egress: [model], services: [db] }
  closed: { run: [sleep, infinity] }
services:
  db: { image: "postgres:16", environment: { POSTGRES_PASSWORD: { generate: true } } }
egress:
  rules:
    - { name: model, host: api.example.com }
`;

describe("coop explain", () => {
  let folder = "";
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "coop-explain-"));
    await mkdir(join(folder, ".git"));
    await writeFile(join(folder, "coop.yaml"), FILE);
  });

  async function explain(...words: readonly string[]): Promise<{ readonly code: number; readonly text: string }> {
    const shell = aShell({ cwd: folder });
    const code = await main(["explain", ...words], shell);
    return { code, text: shell.answered() + shell.said() };
  }

  it("names the rule and the line that allow", async () => {
    expect((await explain("https://api.example.com/v1", "-a", "coder")).text).toContain(
      'by the rule "model" (coop.yaml:10)',
    );
  });

  it("says what to add where nothing allows", async () => {
    const { code, text } = await explain("https://evil.example.net/", "-a", "coder", "--detailed-exitcode");
    expect(code).toBe(4);
    expect(text).toContain("host: evil.example.net");
  });

  it("knows services by name and port", async () => {
    expect((await explain("db:5432", "-a", "coder")).text).toContain("allowed: coder may connect to db:5432");
    expect((await explain("db:5432", "-a", "closed")).text).toContain("denied");
  });

  it.for(["https://API.EXAMPLE.COM./v1", "https://api.example.com:443/v1"])(
    "takes %s for the same host",
    async (url) => {
      expect((await explain(url, "-a", "coder")).text).toContain("allowed");
    },
  );

  it.for([
    "https://api.example.com.evil.net/",
    "https://api.example.com:8443/",
    "http://api.example.com/",
    "https://93.184.216.34/",
  ])("denies %s", async (url) => {
    expect((await explain(url, "-a", "coder")).text).toContain("denied");
  });

  it("asks which agent, and helps with a mistyped one", async () => {
    expect((await explain("https://api.example.com/")).text).toContain("Which agent? There are closed, coder.");
    expect((await explain("https://api.example.com/", "-a", "codr")).text).toContain("Did you mean coder?");
  });

  it("refuses what is no URL", async () => {
    expect(await explain("://", "-a", "coder")).toMatchObject({ code: 1 });
  });
});
