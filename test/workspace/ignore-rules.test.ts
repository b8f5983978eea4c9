import { chmodSync, mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { startOf } from "../../src/diagnostics/source-span.ts";
import type { IgnorePattern } from "../../src/model/model.ts";
import { readCoopignoreFiles } from "../../src/workspace/ignore/coopignore-files.ts";
import { compileIgnore } from "../../src/workspace/ignore/ignore-rules.ts";
import type { IgnoreInputs } from "../../src/workspace/ignore/ignore-rules.ts";
import type { Verdict } from "../../src/workspace/ignore/matcher.ts";
import { put, temporaryFolder } from "./support/git-fixture.ts";

interface Given {
  readonly builtin?: boolean;
  readonly patterns?: readonly string[];
  readonly allow?: readonly string[];
  readonly agent?: readonly string[];
  readonly fileFolder?: string;
  readonly coopignore?: Readonly<Record<string, string>>;
}

function given({
  builtin = true,
  patterns = [],
  allow = [],
  agent = [],
  fileFolder = "",
  coopignore = {},
}: Given): IgnoreInputs {
  const placed = (texts: readonly string[]): readonly IgnorePattern[] =>
    texts.map((pattern) => ({ pattern, origin: startOf("coop.yaml") }));
  return {
    rules: { builtin, patterns: placed(patterns), allow: placed(allow) },
    agentPatterns: placed(agent),
    fileFolder,
    coopignoreFiles: Object.entries(coopignore).map(([folder, text]) => ({ folder, text })),
  };
}

function verdicts(inputs: Given, paths: readonly string[]): readonly (string | null)[] {
  const compiled = compileIgnore(given(inputs));
  if (!compiled.ok) throw new Error(compiled.diagnostics[0]?.message);
  return paths.map((path) => byWhom(compiled.value.matcher.hides(path.replace(/\/$/, ""), path.endsWith("/"))));
}

function byWhom(verdict: Verdict): string | null {
  return verdict.kind === "visible"
    ? null
    : `${verdict.by.source}${verdict.by.line === null ? "" : `:${verdict.by.line}`} ${verdict.by.pattern}`;
}

describe("the built-in list", () => {
  it.for([
    ".env",
    ".env.local",
    "deep/down/.ENV.Production",
    ".envrc",
    "prod.secrets",
    "main.tfvars",
    "x.tfstate.backup",
    "server.PEM",
    "a.key",
    "id_rsa",
    "id_ed25519.pub",
    ".npmrc",
    ".pgpass",
    "secrets/any/thing",
    "deploy/.aws/config",
    ".ssh/known_hosts",
    "app-sa.json",
    "client_secret_1.json",
    "auth.json",
    "kubeconfig",
    "database.yml",
    "config/credentials.yaml",
    "id_rsa.example",
  ])("hides %s", (path) => expect(verdicts({}, [path])).not.toEqual([null]));

  it.for([
    ".env.example",
    ".env.sample",
    "config/secrets.yml.template",
    "cacert.pem",
    "certs/ca-bundle.crt",
    "site.crt",
    "key.asc",
    "application.yml",
    "environment.ts",
    "secret.ts",
    "secrets",
    "keys/readme.md",
    "monkey",
  ])("shows %s", (path) => expect(verdicts({}, [path])).toEqual([null]));

  it("can be switched off", () => expect(verdicts({ builtin: false }, [".env"])).toEqual([null]));
});

describe("who may un-hide", () => {
  it("`!` undoes patterns of its own file only", () => {
    const coopignore = { "": "b.txt\n!a.txt\n!.env\nd.txt\n", sub: "!d.txt\n" };
    expect(
      verdicts({ patterns: ["a.txt", "c.txt", "!b.txt", "!.env"], agent: ["!c.txt"], coopignore }, [
        "a.txt",
        "b.txt",
        "c.txt",
        ".env",
        "sub/d.txt",
        "d.txt",
      ]),
    ).toEqual(["coop.yaml:1 a.txt", ".coopignore:1 b.txt", null, "built-in .env", null, ".coopignore:4 d.txt"]);
  });

  it("`ignore.allow` undoes the built-in list and nothing else", () => {
    const allow = ["test/fixtures/", "!test/fixtures/real.pem", "secrets/public.txt"];
    expect(
      verdicts({ allow, patterns: ["test/fixtures/x.pem"] }, [
        "test/fixtures/dummy.pem",
        "test/fixtures/real.pem",
        "test/fixtures/x.pem",
        "other/dummy.pem",
        "secrets/public.txt",
        "secrets/private.txt",
      ]),
    ).toEqual([null, "built-in *.pem", "coop.yaml:1 test/fixtures/x.pem", "built-in *.pem", null, "built-in secrets/"]);
  });

  it("a `.coopignore` beats the names that are kept visible", () => {
    expect(verdicts({ coopignore: { certs: "cacert.pem\n" } }, ["certs/cacert.pem", "cacert.pem"])).toEqual([
      "certs/.coopignore:1 cacert.pem",
      null,
    ]);
  });

  it("nothing comes back below a hidden folder", () => {
    expect(verdicts({ patterns: ["vault/", "!vault/open.txt"] }, ["vault/open.txt"])).toEqual(["coop.yaml:1 vault/"]);
  });
});

describe("where patterns hold", () => {
  it("those of a file in a folder hold for that folder", () => {
    expect(
      verdicts({ fileFolder: "services/shop", patterns: ["/data"], coopignore: { "services/other": "x\n" } }, [
        "services/shop/data",
        "data",
        "services/other/deep/x",
        "x",
      ]),
    ).toEqual(["coop.yaml:1 /data", null, "services/other/.coopignore:1 x", null]);
  });

  it("case, composed accents, carriage returns and a byte order mark do not count", () => {
    expect(
      verdicts({ patterns: ["Gehe\u00edm/", "[A-C]x"], coopignore: { "": "\ufeffFirst.txt\r\nSecond\r\n" } }, [
        "gehei\u0301M/",
        "BX",
        "first.TXT",
        "second",
      ]),
    ).not.toContain(null);
  });
});

describe("what must never silently hide nothing", () => {
  it("a pattern that can never match is an error with its place", () => {
    const compiled = compileIgnore(given({ coopignore: { sub: "ok\nfixtures/[a-z\n" } }));
    expect(compiled).toMatchObject({
      ok: false,
      diagnostics: [{ code: "COOP5002", span: { file: "sub/.coopignore", start: { line: 2, column: 1 } } }],
    });
  });

  it("a .coopignore that cannot be read is an error", async () => {
    const root = temporaryFolder("unreadable");
    put(root, { "latin/.coopignore": Buffer.from([0x66, 0xfc, 0x0a]), "target.txt": "x\n" });
    mkdirSync(join(root, "folder/.coopignore"), { recursive: true });
    mkdirSync(join(root, "link"));
    symlinkSync("../target.txt", join(root, "link/.coopignore"));
    const read = await readCoopignoreFiles(root, ["", "latin", "folder", "link"]);
    expect(read).toMatchObject({
      ok: false,
      diagnostics: [{ code: "COOP5001" }, { code: "COOP5001" }, { code: "COOP5001" }],
    });
    if (process.getuid?.() === 0) return;
    put(root, { "locked/.coopignore": "x\n" });
    chmodSync(join(root, "locked/.coopignore"), 0);
    expect(await readCoopignoreFiles(root, ["locked"])).toMatchObject({ ok: false });
  });
});

it("no pattern is slow, whatever it is matched with", () => {
  const patterns = ["a*".repeat(60) + "b", "**/".repeat(60) + "x", `/${"*a/**/".repeat(30)}q`];
  const started = performance.now();
  verdicts({ patterns }, ["a".repeat(250), "a/".repeat(120) + "z", `${"a".repeat(100)}/`.repeat(10) + "p"]);
  expect(performance.now() - started).toBeLessThan(1000);
});
