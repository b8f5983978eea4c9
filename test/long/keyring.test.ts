import { spawnSync } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { RealUser } from "../cli/real-coop.ts";

// Not with every change: it needs the packages dbus and gnome-keyring, which a server does not have.
describe("a vault that the desktop's keyring opens", () => {
  let user: RealUser;
  beforeEach(async () => {
    user = await RealUser.make();
  });
  afterEach(() => user.remove());

  // A session bus and a keyring of the test's own, which end with the shell.
  it("opens without a passphrase, and by the passphrase where the keyring is gone", async () => {
    for (const program of ["dbus-run-session", "gnome-keyring-daemon"])
      expect(spawnSync("sh", ["-c", `command -v ${program}`]).status, `${program} must be installed`).toBe(0);
    await mkdir(join(user.home, ".local/share/keyrings"), { recursive: true, mode: 0o700 });
    const inSession = `
      printf 'login' | gnome-keyring-daemon --unlock --components=secrets >/dev/null
      ${user.commandLine("credentials init --keyring --passphrase-fd 3")} 3<<< 'a passphrase of a test' &&
      printf 'canary-of-the-keyring-0123' | ${user.commandLine("credentials set github")} &&
      ${user.commandLine("credentials show github")} &&
      ${user.commandLine("credentials passphrase --new-passphrase-fd 3")} 3<<< 'another passphrase of it' &&
      ${user.commandLine("credentials show github")}`;
    const ran = spawnSync("dbus-run-session", ["--", "bash", "-c", inSession], {
      cwd: user.home,
      env: user.environment,
      encoding: "utf8",
      timeout: 50_000,
    });
    expect(ran.stderr).toContain('Stored "github"');
    expect(ran.stdout.match(/value: …0123/gu)).toHaveLength(2);
    expect(await user.coop(["credentials", "show", "github"])).toMatchObject({
      err: expect.stringContaining("VAULT_LOCKED"),
    });
    const by = { passphrase: "another passphrase of it" };
    expect(await user.coop(["credentials", "show", "github"], by)).toMatchObject({ code: 0 });
  });
});
