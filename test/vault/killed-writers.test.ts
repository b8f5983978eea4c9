import { spawn } from "node:child_process";
import { mkdtemp, readdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { changeVault, openVault } from "../../src/vault/vault-store.ts";
import { alone, anEntry, aVault, there } from "./support.ts";

const MAIN = join(import.meta.dirname, "../../src/cli/main.ts");

describe("a vault that several processes write", () => {
  it("is whole after any of them was killed, with what was there before or what came after", async () => {
    const { path, key } = await aVault();
    await changeVault(path, key, (it) => ({ ...it, entries: [anEntry("kept", "x")] }), alone);
    const writer = [
      `import { changeVault } from ${JSON.stringify(join(import.meta.dirname, "../../src/vault/vault-store.ts"))};`,
      `const key = Buffer.from(${JSON.stringify(Buffer.from(key).toString("hex"))}, "hex");`,
      `console.log("writing");`,
      `for (let n = 0; ; n += 1) await changeVault(${JSON.stringify(path)}, key, (it) => ({ ...it, entries: it.entries.map((each) => ({ ...each, value: { kind: "text", text: "x".repeat(n % 20000 + 1) } })) }), (_path, work) => work());`,
    ].join("\n");
    for (let round = 0; round < 6; round += 1) {
      const child = spawn(process.execPath, ["--input-type=module", "-e", writer], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      await new Promise((resolve) => child.stdout.once("data", resolve));
      await sleep(40 + 17 * round);
      child.kill("SIGKILL");
      await new Promise((resolve) => child.once("close", resolve));
      const [entry] = openVault(await there(path), key).entries;
      expect(entry?.value).toMatchObject({ text: expect.stringMatching(/^x+$/u) });
    }
    await changeVault(path, key, (it) => it, alone);
    expect(await readdir(dirname(path))).toEqual(["vault"]);
  });

  it("has what each of them put in, when they come at the same time", async () => {
    const home = await mkdtemp(join(tmpdir(), "coop-home-"));
    const coop = (words: string, input: string): Promise<string> =>
      new Promise((resolve) => {
        const child = spawn(process.execPath, [MAIN, "credentials", ...words.split(" ")], {
          env: { HOME: home, PATH: process.env["PATH"] },
          stdio: ["pipe", "pipe", "pipe"],
        });
        let said = "";
        for (const each of [child.stdout, child.stderr]) each.on("data", (chunk: Buffer) => (said += chunk.toString()));
        child.once("close", () => resolve(said));
        child.stdin.end(input);
      });
    await coop("init --key-file", "");
    const names = ["a", "b", "c", "d", "e"];
    expect(await Promise.all(names.map((name) => coop(`set ${name}`, `value of ${name}`)))).toEqual(
      names.map((name) => `Stored "${name}".\n`),
    );
    expect((await coop("list", "")).match(/^\w/gmu)).toEqual(names);
  });
});
