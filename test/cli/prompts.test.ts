import { spawn, spawnSync } from "node:child_process";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { holds, RealUser } from "./real-coop.ts";

const PASSPHRASE = "canary typed passphrase";
const VALUE = "canary-typed-value-5f4e3d2c";
const HAS_TERMINALS = spawnSync("script", ["--version"]).status === 0;

// util-linux's `script` gives the command a terminal of its own.
describe.runIf(HAS_TERMINALS)("a person at a terminal", () => {
  let user: RealUser;
  beforeEach(async () => {
    user = await RealUser.make();
  });
  afterEach(() => user.remove());

  /** Runs `coop WORDS` in a terminal; at each question the next answer is typed. Gives all that the terminal showed. */
  async function typing(
    words: string,
    answers: readonly (readonly [question: string, answer: string])[],
    program?: string,
  ): Promise<string> {
    const child = spawn(
      "script",
      ["-qfec", `stty cols 120 rows 40; exec ${user.commandLine(words, program)}`, "/dev/null"],
      {
        cwd: user.home,
        env: { ...user.environment, TERM: "xterm" },
        stdio: ["pipe", "pipe", "pipe"],
      },
    );
    onTestFinished(() => void child.kill());
    let shown = "";
    let from = 0;
    const left = [...answers];
    child.stdout.on("data", (chunk: Buffer) => {
      shown += chunk.toString("utf8");
      const [next] = left;
      if (next === undefined) return;
      const found = new RegExp(next[0], "u").exec(shown.slice(from));
      if (found === null) return;
      from += found.index + found[0].length;
      left.shift();
      child.stdin.write(`${next[1]}\r`);
    });
    await new Promise((resolve) => child.once("close", resolve));
    expect(left).toEqual([]);
    return shown;
  }

  it("types passphrases and values unseen", async () => {
    const made = await typing("credentials init", [
      ["A new passphrase", PASSPHRASE],
      ["The same again", PASSPHRASE],
    ]);
    expect(made).toContain("Made the vault");
    const stored = await typing("credentials set github", [
      ["The vault's passphrase", PASSPHRASE],
      ["The value", VALUE],
    ]);
    expect(stored).toContain('Stored "github"');
    const replaced = await typing("credentials set github", [
      ["The vault's passphrase", PASSPHRASE],
      ["Put another value in its place", "n"],
    ]);
    expect(replaced).toContain("Nothing was changed");
    expect(holds(Buffer.from(made + stored + replaced), [PASSPHRASE, VALUE])).toBe(false);
    expect((await user.coop(["credentials", "show", "github"], { passphrase: PASSPHRASE })).out).toContain("…3d2c");
  });

  it("makes no vault when the two passphrases differ, and when the person goes away", async () => {
    const differing = await typing("credentials init", [
      ["A new passphrase", PASSPHRASE],
      ["The same again", `${PASSPHRASE}.`],
    ]);
    expect(differing).toContain("The two are not the same");
    expect(await typing("credentials init", [["A new passphrase", "\u0003"]])).toContain("No vault was made");
    expect((await user.coop(["credentials", "list"])).err).toContain("There is no vault yet");
  });

  it("may try a wrong passphrase three times", async () => {
    await user.coop(["credentials", "init"], { passphrase: PASSPHRASE });
    const question = "The vault's passphrase";
    const again = `That is not[^]*${question}`;
    const second = await typing("credentials unlock", [
      [question, "wrong passphrase"],
      [again, PASSPHRASE],
    ]);
    expect(second).toContain("Unlocked until");
    await user.coop(["credentials", "lock"]);
    const never = await typing("credentials unlock", [
      [question, "wrong passphrase"],
      [again, "wrong passphrase"],
      [again, "wrong passphrase"],
    ]);
    expect(never).toContain("VAULT_PASSPHRASE");
    expect(never).not.toContain("Unlocked");
  });

  describe("who applies what needs grants and values", () => {
    const PROGRAM = join(import.meta.dirname, "require-credentials-main.ts");
    const FILE = {
      version: "coop/v1",
      project: "shop",
      agents: { coder: { run: ["true"], egress: ["forge"] } },
      egress: { rules: [{ name: "forge", host: "api.github.com", credential: "github" }] },
      credentials: { github: { provider: "github" } },
    };

    beforeEach(async () => {
      await user.write("coop.yaml", JSON.stringify(FILE));
      spawnSync("git", ["-C", user.home, "init", "--quiet"]);
    });

    it("is asked for each, before anything is changed, and once", async () => {
      const shown = await typing(
        "",
        [
          ["Grant it to this repository", "y"],
          ["Type the values now", "y"],
          ["A new passphrase", PASSPHRASE],
          ["The same again", PASSPHRASE],
          ["The vault's passphrase", PASSPHRASE],
          ["The value", VALUE],
        ],
        PROGRAM,
      );
      expect(shown).toContain("All is there");
      expect(holds(Buffer.from(shown), [PASSPHRASE, VALUE])).toBe(false);
      expect(await typing("", [["The vault's passphrase", PASSPHRASE]], PROGRAM)).toContain("All is there");
      expect((await user.coop(["credentials", "list"])).out).toMatch(/^github {2}github, since/u);
    });

    it("is told what is missing after a no", async () => {
      expect(await typing("", [["Grant it to this repository", "n"]], PROGRAM)).toContain("NOT_GRANTED");
      const shown = await typing(
        "",
        [
          ["Grant it to this repository", "y"],
          ["Type the values now", "n"],
        ],
        PROGRAM,
      );
      expect(shown).toContain("SECRETS_MISSING");
      expect(shown).toContain("coop credentials init, then coop credentials set github");
    });
  });
});
