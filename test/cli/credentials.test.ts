import { mkdir, mkdtemp, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { openSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { beforeEach, describe, expect, it } from "vitest";
import { main } from "../../src/cli/main.ts";
import { aShell } from "../support/shell.ts";

const PASSPHRASE = "correct horse battery";
const VALUE = "canary-sk-0123456789abcdef-WXYZ";

interface Said {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

describe("coop credentials", () => {
  let home = "";
  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), "coop-home-"));
    await writeFile(join(home, "passphrase"), `${PASSPHRASE}\n`);
  });

  /** Runs one command; `{pass}` stands for a descriptor that gives the passphrase. */
  async function coop(words: string, input = ""): Promise<Said> {
    const shell = aShell({
      cwd: home,
      environment: { HOME: home, XDG_RUNTIME_DIR: join(home, "run") },
      streams: () => ({ ...aShell().streams(false), stdin: Readable.from([Buffer.from(input)]) }),
    });
    const given = words
      .replaceAll(/\{pass(?::([\w-]+))?\}/gu, (_all, file?: string) =>
        String(openSync(join(home, file ?? "passphrase"), "r")),
      )
      .split(" ");
    const code = await main(["credentials", ...given], shell);
    return { code, out: shell.answered(), err: shell.said() };
  }

  async function made(): Promise<void> {
    expect(await coop("init --passphrase-fd {pass}")).toMatchObject({ code: 0 });
    expect(await coop("set anthropic --provider anthropic --passphrase-fd {pass}", `${VALUE}\n`)).toMatchObject({
      code: 0,
    });
  }

  it("keeps what is piped in, and lists its name without opening anything", async () => {
    await made();
    expect(await coop("list")).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^anthropic {2}anthropic, since 20/u),
    });
    const { out } = await coop("list --json");
    expect(JSON.parse(out)).toMatchObject({
      version: 1,
      vault: { file: join(home, ".local/share/coop/vault"), exists: true, ways: ["passphrase"], unlockedUntil: null },
      entries: [{ name: "anthropic", kind: "text", provider: "anthropic", rotated: null, expires: null, note: null }],
    });
  });

  it("says nothing of a value but its last four characters, and only of a long one", async () => {
    await made();
    await coop("set short --passphrase-fd {pass}", "hunter2hunter2");
    const long = await coop("show anthropic --passphrase-fd {pass}");
    expect(long.out).toContain("value: …WXYZ\n");
    expect(long.out).not.toContain(VALUE.slice(0, 8));
    expect((await coop("show short --passphrase-fd {pass}")).out).toContain("value: …\n");
    const meta = await coop("show anthropic --meta --json");
    expect(JSON.parse(meta.out)).toMatchObject({ version: 1, name: "anthropic" });
    expect(meta.out).not.toContain("WXYZ");
  });

  it("keeps several accounts of one name", async () => {
    await made();
    await coop("set anthropic --profile work --passphrase-fd {pass}", "another-value-of-the-work-account");
    expect((await coop("show anthropic@work --passphrase-fd {pass}")).out).toContain("…ount");
    expect((await coop("show anthropic -p work --meta")).out).toContain("name: anthropic@work");
    expect((await coop("list")).out.split("\n")).toHaveLength(3);
  });

  it("puts another value in the place of one only after a yes", async () => {
    await made();
    expect(await coop("set anthropic --passphrase-fd {pass}", "x")).toMatchObject({ code: 4 });
    expect(await coop("set anthropic --yes --passphrase-fd {pass}", "second-value-of-the-test")).toMatchObject({
      code: 0,
    });
    expect((await coop("show anthropic --passphrase-fd {pass}")).out).toMatch(
      /provider: anthropic\n[^]*rotated: 20[^]*…test/u,
    );
  });

  it("rotates: what is known stays, the time is noted, the old end is forgotten", async () => {
    await made();
    await coop("set npm --note of-the-build --expires 90d --passphrase-fd {pass}", VALUE);
    expect((await coop("list")).out).toMatch(/npm {2}text, since \S+ expires 20\S+, of-the-build/u);
    expect(await coop("rotate npm --passphrase-fd {pass}", "another-value-of-the-npm")).toMatchObject({ code: 0 });
    expect((await coop("list")).out).toMatch(/npm {2}text, rotated \S+ of-the-build/u);
    expect(await coop("rotate nmp --passphrase-fd {pass}", "x")).toMatchObject({
      code: 1,
      err: expect.stringContaining("Did you mean npm?"),
    });
  });

  it("removes after a yes", async () => {
    await made();
    expect(await coop("rm anthropic --passphrase-fd {pass}")).toMatchObject({ code: 4 });
    expect(await coop("rm anthropic --yes --passphrase-fd {pass}")).toMatchObject({ code: 0 });
    expect(await coop("list")).toMatchObject({ out: "", err: expect.stringContaining("is empty") });
  });

  it("changes the passphrase, and the key under it", async () => {
    await made();
    await writeFile(join(home, "new"), "another long passphrase\n");
    const before = await readFile(join(home, ".local/share/coop/vault"));
    expect(await coop("passphrase --passphrase-fd {pass} --new-passphrase-fd {pass:new}")).toMatchObject({ code: 0 });
    expect(await coop("show anthropic --passphrase-fd {pass}")).toMatchObject({
      code: 1,
      err: expect.stringContaining("VAULT_PASSPHRASE"),
    });
    expect((await coop("show anthropic --passphrase-fd {pass:new}")).out).toContain("…WXYZ");
    expect(before.toString()).not.toEqual((await readFile(join(home, ".local/share/coop/vault"))).toString());
  });

  it("exports sealed, with a passphrase of its own, and imports what is not there", async () => {
    await made();
    await writeFile(join(home, "other"), "passphrase of the copy\n");
    const line = "export copy.vault --passphrase-fd {pass} --new-passphrase-fd {pass:other}";
    expect(await coop(line)).toMatchObject({ code: 0 });
    expect(await coop(line)).toMatchObject({ code: 1, err: expect.stringContaining("is there already") });
    expect((await stat(join(home, "copy.vault"))).mode & 0o777).toBe(0o600);
    expect(await readFile(join(home, "copy.vault"), "latin1")).not.toContain("canary");
    await coop("rotate anthropic --passphrase-fd {pass}", "a-newer-value-than-the-copy");
    await coop("set npm --passphrase-fd {pass}", VALUE);
    await coop("rm npm --yes --passphrase-fd {pass}");
    const imported = await coop("import copy.vault --passphrase-fd {pass} --file-passphrase-fd {pass:other}");
    expect(imported).toMatchObject({ code: 0, out: "kept      anthropic\n" });
    const replaced = await coop("import copy.vault --replace --passphrase-fd {pass} --file-passphrase-fd {pass:other}");
    expect(replaced.out).toBe("imported  anthropic\n");
    expect((await coop("show anthropic --passphrase-fd {pass}")).out).toContain("…WXYZ");
    expect(await coop("import copy.vault --passphrase-fd {pass} --file-passphrase-fd {pass}")).toMatchObject({
      code: 1,
      err: expect.stringContaining("That is not the passphrase of"),
    });
  });

  it("opens by a key in a file of the machine, which others may not read", async () => {
    expect(await coop("init --key-file")).toMatchObject({ code: 0 });
    expect(await coop("set npm", VALUE)).toMatchObject({ code: 0 });
    expect((await coop("show npm")).out).toContain("…WXYZ");
    const file = join(home, ".local/state/coop/vault.key");
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const { chmod } = await import("node:fs/promises");
    await chmod(file, 0o644);
    expect(await coop("show npm")).toMatchObject({ code: 1, err: expect.stringContaining(`chmod 600 ${file}`) });
  });

  it("opens by the passphrase that the user's own settings lead to", async () => {
    await made();
    await mkdir(join(home, ".config/coop"), { recursive: true });
    await writeFile(join(home, ".config/coop/credentials.yaml"), "vault: { passphraseFile: ~/passphrase }\n");
    expect(await coop("show anthropic")).toMatchObject({ code: 1, err: expect.stringContaining("is open to others") });
    const { chmod } = await import("node:fs/promises");
    await chmod(join(home, "passphrase"), 0o600);
    expect((await coop("show anthropic")).out).toContain("…WXYZ");
  });

  it("warns when the settings say that a name comes from elsewhere, and lists it", async () => {
    await made();
    await mkdir(join(home, ".config/coop"), { recursive: true });
    await writeFile(join(home, ".config/coop/credentials.yaml"), "sources: { npm: { exec: [gh, auth, token] } }\n");
    expect((await coop("set npm --passphrase-fd {pass}", VALUE)).err).toContain("comes from exec:gh");
    expect((await coop("list")).out).toContain("npm  from exec:gh, by your credentials.yaml");
  });

  it.for<[string, string, string]>([
    ["set anthropic", "VAULT_MISSING", "coop credentials init"],
    ["show anthropic --meta", "VAULT_MISSING", "coop credentials init"],
    ["unlock", "VAULT_MISSING", "coop credentials init"],
    ["init", "USAGE", "--key-file for a machine that nobody sits at"],
    ["set Anthropic", "USAGE", "Use small letters"],
    ["set a/b", "USAGE", "Use small letters"],
    ["set npm --profile a@b", "USAGE", "Use small letters"],
    ["set npm --expires yesterday", "USAGE", "Write 90d"],
    ["set npm --expires 2020-01-01", "USAGE", "is over already"],
    ["set npm value", "too many arguments", ""],
    ["set npm --passphrase-fd 1", "no descriptor", ""],
    ["set npm --passphrase-fd 0", "cannot both be on standard input", ""],
    ["set npm --kind ssh", "Allowed choices", ""],
    ["unlock --for 15", "no duration", ""],
    ["list --passphrase-fd 3", "unknown option", ""],
  ])("refuses `%s`", async ([words, said, mend]) => {
    const result = await coop(words, VALUE);
    expect(result.code).toBe(1);
    expect(result.err).toContain(said);
    expect(result.err).toContain(mend);
    expect(result.err).not.toContain("mistake");
  });

  it("is locked where nobody can be asked, and says how to open it", async () => {
    await made();
    for (const words of ["show anthropic", "set npm", "rm anthropic", "rotate anthropic", "export x", "passphrase"])
      expect(await coop(words, VALUE)).toMatchObject({
        code: 1,
        err: expect.stringMatching(/VAULT_LOCKED[^]*unlock/u),
      });
  });

  it("refuses a short passphrase, an empty one and one that cannot be read", async () => {
    await writeFile(join(home, "short"), "aaaaaaaaaaaaa\n");
    await writeFile(join(home, "empty"), "\n");
    expect((await coop("init --passphrase-fd {pass:short}")).err).toContain("4 of them different");
    expect((await coop("init --passphrase-fd {pass:empty}")).err).toContain("The passphrase is empty");
    expect((await coop("init --passphrase-fd 913")).err).toContain("No passphrase can be read from the descriptor 913");
    expect(await readdir(home)).not.toContain(".local");
  });

  it("refuses an empty value and a value without end", async () => {
    await made();
    expect((await coop("set npm --passphrase-fd {pass}", "\n")).err).toContain("The value is empty");
    expect((await coop("set npm --passphrase-fd {pass}", "x".repeat(70_000))).err).toContain("longer than 64 KiB");
    expect((await coop("set aws --provider aws --passphrase-fd {pass}", "AKIA")).err).toContain("AccessKeyId");
    expect((await coop("list")).out).not.toMatch(/npm|aws/u);
  });

  it("does not write over what is no vault", async () => {
    await made();
    const file = join(home, ".local/share/coop/vault");
    await writeFile(file, "something else\n");
    for (const words of [
      "init --passphrase-fd {pass}",
      "set npm --passphrase-fd {pass}",
      "list",
      "unlock --passphrase-fd {pass}",
    ])
      expect(await coop(words, VALUE)).toMatchObject({ code: 1, err: expect.stringContaining("VAULT_FOREIGN") });
    expect(await readFile(file, "utf8")).toBe("something else\n");
  });
});
