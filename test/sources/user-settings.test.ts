import { describe, expect, it } from "vitest";
import { parseUserSettings } from "../../src/sources/user-settings.ts";
import type { UserSettings } from "../../src/sources/user-settings.ts";

function settings(text: string): UserSettings {
  const read = parseUserSettings(text, "/home/me");
  if (!read.ok) throw new Error(read.reason);
  return read.value;
}

describe("the user's own settings of credentials", () => {
  it("say nothing where they are empty", () => {
    expect(settings("")).toEqual({
      vault: { file: null, passphraseFile: null, keyFile: null, autoLockMs: 900_000 },
      azure: { suffix: null, authority: null, tenant: null, client: null, secret: null },
      sources: {},
    });
  });

  it("name sources that no repository may name", () => {
    const { sources } = settings(`
sources:
  a: file:~/.secrets/a
  b: { exec: [gh, auth, token], timeout: 5s, format: token }
  c: op://work/github/token
  d: ssm://eu-central-1/shop/key
  e: ssm:///shop/key
  f@work: env:WORK_TOKEN
`);
    expect(sources).toEqual({
      a: { kind: "file", path: "/home/me/.secrets/a" },
      b: { kind: "exec", command: ["gh", "auth", "token"], timeoutMs: 5000, format: "token" },
      c: { kind: "op", reference: "op://work/github/token" },
      d: { kind: "ssm", region: "eu-central-1", parameter: "/shop/key" },
      e: { kind: "ssm", region: null, parameter: "/shop/key" },
      "f@work": { kind: "env", variable: "WORK_TOKEN" },
    });
  });

  it.for<[string, RegExp]>([
    ["source: {}", /`sources`/u],
    ["vault: { pasphraseFile: /x }", /`passphraseFile`/u],
    ["vault: { file: vault }", /absolute path/u],
    ["vault: { autoLock: 900 }", /text/u],
    ["vault: { autoLock: 100h }", /a duration up to/u],
    ["sources: { a: keychain }", /`file:PATH`/u],
    ["sources: { a: 'file:x' }", /absolute path/u],
    ["sources: { A: vault }", /text like/u],
    ["sources: { a: { exec: 'gh auth token' } }", /a list/u],
    ["sources: { a: { exec: [] } }", /a program's name/u],
    ["sources: { a: { exec: [./steal] } }", /a program's name/u],
    ["sources: { a: { exec: [gh], shell: true } }", /one of exec, timeout, format/u],
    ["sources: { a: { exec: [gh], timeout: 1h } }", /a duration up to 10 minutes/u],
    ["sources: { a: 'ssm://--output/x' }", /`file:PATH`/u],
    ["azure: { secret: vault }", /neither the vault nor Azure/u],
    ["azure: { suffix: 'evil.example/#' }", /text like/u],
    ["sources: { a: vault }\nsources: {}", /unique/u],
    ["- a", /an object/u],
    ["a: &a [*a]", /alias|anchor/iu],
    ["a: b: c", /.+/u],
  ])("are refused when they say %s", ([text, words]) => {
    expect(parseUserSettings(text, "/home/me")).toMatchObject({ ok: false, reason: expect.stringMatching(words) });
  });
});
