import { chmod, chown, link, mkdir, readdir, readFile, rename, rm, stat, symlink, writeFile } from "node:fs/promises";
import { argon2Sync } from "node:crypto";
import { writeFileSync as writeSync } from "node:fs";
import { dirname, join } from "node:path";
import { assert, asyncProperty, integer } from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import { deriveKey } from "../../src/vault/derive-key.ts";
import { boundText, printVault } from "../../src/vault/vault-file.ts";
import { drawKey, heldKeySlot, keyByHeldKey, keyByPassphrase } from "../../src/vault/vault-key.ts";
import { changeVault, createVault, drawId, openVault, readVault } from "../../src/vault/vault-store.ts";
import { alone, anEntry, aVault, CHEAP, PASSPHRASE, there } from "./support.ts";
import type { MadeVault } from "./support.ts";

const CANARY = "canary-of-the-vault-4711";

describe("the vault", () => {
  let vault: MadeVault;
  beforeEach(async () => {
    vault = await aVault();
    await put("github", CANARY);
  });

  async function put(name: string, text: string): Promise<void> {
    const { path, key } = vault;
    await changeVault(path, key, (it) => ({ ...it, entries: [...it.entries, anEntry(name, text)] }), alone);
  }

  it("gives back what was put in, by its passphrase", async () => {
    const file = await there(vault.path);
    const opened = openVault(file, await keyByPassphrase(file, PASSPHRASE));
    expect(opened.entries).toEqual([anEntry("github", CANARY)]);
  });

  it("opens by a key that the machine holds, and by none of another machine", async () => {
    const held = drawKey();
    const { id } = (await there(vault.path)).header;
    await changeVault(
      vault.path,
      vault.key,
      (it) => ({ ...it, slots: [...it.slots, heldKeySlot(id, vault.key, "key-file", held)] }),
      alone,
    );
    const file = await there(vault.path);
    expect(openVault(file, keyByHeldKey(file, "key-file", held)).entries).toHaveLength(1);
    expect(() => keyByHeldKey(file, "key-file", drawKey())).toThrow("does not belong to");
    expect(() => keyByHeldKey(file, "keyring", held)).toThrow("is not opened by a key in the keyring");
  });

  it("shows names and what is known of them without a key, and no value", async () => {
    const file = await there(vault.path);
    expect(file.header.entries.map((each) => each.name)).toEqual(["github"]);
    expect(file.bytes.toString("latin1")).not.toContain(CANARY);
    expect(file.bytes.toString("latin1")).not.toContain(Buffer.from(CANARY).toString("base64").slice(0, 12));
  });

  it("lets its length say nothing of a short value", async () => {
    const before = (await there(vault.path)).sealed.length;
    await changeVault(vault.path, vault.key, (it) => ({ ...it, entries: [anEntry("github", "x")] }), alone);
    expect((await there(vault.path)).sealed.length).toBe(before);
  });

  it("is its user's alone", async () => {
    expect((await stat(vault.path)).mode & 0o777).toBe(0o600);
    expect((await stat(dirname(vault.path))).mode & 0o777).toBe(0o700);
    expect(await readdir(dirname(vault.path))).toEqual(["vault"]);
  });

  describe("is left as it is, and says why, when", () => {
    const refused = async (code: string, words: RegExp): Promise<void> => {
      const before = await readFile(vault.path).catch(() => null);
      const attempts = [
        async () => openVault(await there(vault.path), await keyByPassphrase(await there(vault.path), PASSPHRASE)),
        async () => put("second", "value"),
      ];
      for (const attempt of attempts) {
        await expect(attempt()).rejects.toMatchObject({ code, message: expect.stringMatching(words) });
      }
      expect(await readFile(vault.path).catch(() => null)).toEqual(before);
    };

    it("the passphrase is wrong", async () => {
      const file = await there(vault.path);
      await expect(keyByPassphrase(file, `${PASSPHRASE}.`)).rejects.toMatchObject({ code: "VAULT_PASSPHRASE" });
      expect(await readFile(vault.path)).toEqual(file.bytes);
    });

    it("it was cut short, at any byte", async () => {
      const { bytes } = await there(vault.path);
      for (let length = 0; length < bytes.length; length += length < 1200 ? 1 : 97) {
        await writeFile(vault.path, bytes.subarray(0, length));
        await expect(readVault(vault.path)).rejects.toMatchObject({ code: "VAULT_TRUNCATED" });
      }
      await refused("VAULT_TRUNCATED", /ends too early/u);
    });

    it("any bit of it flipped", async () => {
      const { bytes } = await there(vault.path);
      const bits = integer({ min: 0, max: bytes.length * 8 - 1 });
      const afterMagic = "coop-vault 1\n".length * 8;
      await assert(
        asyncProperty(bits, async (bit) => {
          const flipped = Buffer.from(bytes);
          flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
          await writeFile(vault.path, flipped);
          const codes = bit < afterMagic ? ["VAULT_FOREIGN", "VAULT_NEWER", "VAULT_DAMAGED"] : ["VAULT_DAMAGED"];
          const { code } = await readVault(vault.path).then(
            () => ({ code: "none" }),
            (error: { readonly code: string }) => error,
          );
          expect(codes).toContain(code);
        }),
        { numRuns: 2000, examples: [[afterMagic], [bytes.length * 8 - 1], [bytes.length * 8 - 73 * 8]] },
      );
      await writeFile(
        vault.path,
        Buffer.from(bytes.toString("latin1").replace('"generation":', '"Generation":'), "latin1"),
      );
      await refused("VAULT_DAMAGED", /is damaged/u);
    });

    it("it is something else", async () => {
      await writeFile(vault.path, "[default]\naws_access_key_id = x\n");
      await refused("VAULT_FOREIGN", /is no vault of coop's/u);
    });

    it("a newer coop wrote it", async () => {
      const { bytes } = await there(vault.path);
      await writeFile(vault.path, bytes.toString("latin1").replace("coop-vault 1", "coop-vault 2"), "latin1");
      await refused("VAULT_NEWER", /newer coop/u);
    });

    it("somebody without a key edited its open part and made the checksum right", async () => {
      const file = await there(vault.path);
      const entries = file.header.entries.map((each) => ({ ...each, name: "anthropic" }));
      await writeFile(vault.path, printVault(boundText({ ...file.header, entries }), file.sealed));
      await refused("VAULT_DAMAGED", /had no key/u);
    });

    it("somebody put in a way of their own to a key of their own", async () => {
      const file = await there(vault.path);
      const held = drawKey();
      const slots = [...file.header.slots, heldKeySlot(file.header.id, drawKey(), "key-file", held)];
      await writeFile(vault.path, printVault(boundText({ ...file.header, slots }), file.sealed));
      const forged = await there(vault.path);
      expect(() => openVault(forged, keyByHeldKey(forged, "key-file", held))).toThrow("had no key");
    });

    it.for<[string, Partial<typeof CHEAP>]>([
      ["a terabyte", { memoryKiB: 1024 ** 3 }],
      ["years of work", { passes: 2 ** 30 }],
      ["next to nothing", { memoryKiB: 8 }],
      ["half a pass", { passes: 0.5 }],
    ])("its key derivation asks for %s", async ([, costs]) => {
      const file = await there(vault.path);
      const slots = file.header.slots.map((each) => ({ ...each, costs: { ...CHEAP, ...costs } }));
      await writeFile(vault.path, printVault(boundText({ ...file.header, slots }), file.sealed));
      await refused("VAULT_FOREIGN", /sound costs|a whole number/u);
    });

    it("others may read it", async () => {
      await chmod(vault.path, 0o640);
      await refused("FILE_TOO_OPEN", /open to others \(mode 640\)/u);
    });

    it("others may look into its folder", async () => {
      await chmod(dirname(vault.path), 0o755);
      await refused("FILE_TOO_OPEN", /coop is open to others \(mode 755\)/u);
    });

    it("it is a symbolic link", async () => {
      await rename(vault.path, `${vault.path}.real`);
      await symlink(`${vault.path}.real`, vault.path);
      await refused("FILE_TOO_OPEN", /symbolic link/u);
    });

    it("it is a folder or a pipe", async () => {
      await rm(vault.path);
      await mkdir(vault.path);
      await expect(readVault(vault.path)).rejects.toMatchObject({ code: "FILE_TOO_OPEN" });
    });

    it.runIf(process.geteuid?.() === 0)("it belongs to somebody else", async () => {
      await chown(vault.path, 12345, 12345);
      await refused("FILE_TOO_OPEN", /belongs to the user 12345/u);
    });

    it("somebody else writes it meanwhile", async () => {
      const other = await aVault();
      const bytes = await readFile(other.path);
      const attempt = changeVault(
        vault.path,
        vault.key,
        (it) => {
          // As a program that synchronizes folders does: it takes no lock.
          writeSync(vault.path, bytes);
          return it;
        },
        alone,
      );
      await expect(attempt).rejects.toMatchObject({ code: "CHANGED_MEANWHILE" });
      expect(await readFile(vault.path)).toEqual(bytes);
      expect(await readdir(dirname(vault.path))).toEqual(["vault"]);
    });

    it("one is made where one is", async () => {
      const before = await readFile(vault.path);
      const id = drawId();
      await expect(createVault(vault.path, { id, key: drawKey(), slots: [] }, alone)).rejects.toMatchObject({
        code: "CHANGED_MEANWHILE",
      });
      expect(await readFile(vault.path)).toEqual(before);
    });
  });

  it("removes what a killed writer left, and nothing else", async () => {
    const folder = dirname(vault.path);
    await writeFile(join(folder, ".vault.0011.tmp"), "half");
    await link(vault.path, join(folder, "vault.backup"));
    await put("second", "value");
    expect((await readdir(folder)).toSorted()).toEqual(["vault", "vault.backup"]);
  });
});

describe("the key of a passphrase", () => {
  it("is what another implementation of Argon2id makes of it", async () => {
    const salt = Buffer.alloc(32, 7);
    for (const lanes of [1, 2]) {
      const costs = { ...CHEAP, passes: 2, lanes };
      const other = argon2Sync("argon2id", {
        message: "schlüssel",
        nonce: salt,
        parallelism: lanes,
        passes: costs.passes,
        memory: costs.memoryKiB,
        tagLength: 32,
      });
      expect(Buffer.from(await deriveKey("schlüssel", salt, costs))).toEqual(other);
    }
  });

  it("is the same for every spelling of the same text", async () => {
    const salt = Buffer.alloc(32, 7);
    expect(await deriveKey("schlu\u0308ssel", salt, CHEAP)).toEqual(await deriveKey("schlüssel", salt, CHEAP));
  });
});
