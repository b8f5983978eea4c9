import { chmod, mkdtemp, readdir, stat, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import { beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { endAgent, heldKey, heldUntil, holdKey } from "../../src/vault/unlock-agent.ts";
import { drawKey } from "../../src/vault/vault-key.ts";

const HOUR_MS = 3_600_000;

describe("the unlock agent", () => {
  let socket = "";
  beforeEach(async () => {
    socket = join(await mkdtemp(join(tmpdir(), "coop-agent-")), "coop", "unlock.sock");
  });

  async function held(
    until = Date.now() + HOUR_MS,
  ): Promise<{ readonly key: Uint8Array; readonly over: Promise<void> }> {
    const abort = new AbortController();
    const key = drawKey();
    const ready = Promise.withResolvers<void>();
    const over = holdKey(socket, key, until, ready.resolve, abort.signal);
    onTestFinished(async () => {
      abort.abort();
      await over;
    });
    await Promise.race([ready.promise, over]);
    return { key, over };
  }

  it("gives its key to its user, and says until when", async () => {
    const until = Date.now() + HOUR_MS;
    const { key } = await held(until);
    expect(await heldKey(socket)).toEqual(key);
    expect(await heldUntil(socket)).toBe(until);
    expect((await stat(socket)).mode & 0o777).toBe(0o600);
    expect((await stat(dirname(socket))).mode & 0o777).toBe(0o700);
  });

  it("locks when it is told to: the key is wiped and the socket is gone", async () => {
    const { key, over } = await held();
    expect(await endAgent(socket)).toBe(true);
    await over;
    expect(Buffer.from(key)).toEqual(Buffer.alloc(32));
    expect(await readdir(dirname(socket))).toEqual([]);
    expect(await heldKey(socket)).toBeNull();
    expect(await endAgent(socket)).toBe(false);
  });

  it("locks by itself when its time is over", async () => {
    const { over } = await held(Date.now() + 50);
    await over;
    expect(await heldKey(socket)).toBeNull();
  });

  it("takes the place of one that was killed", async () => {
    await held().then(() => endAgent(socket));
    await writeFile(socket, "left over");
    expect(await heldKey(socket)).toBeNull();
    const { key } = await held();
    expect(await heldKey(socket)).toEqual(key);
  });

  it("answers nothing to words that it does not know, and lives on", async () => {
    const { key } = await held();
    for (const word of ["", "\n", "KEY\n", "x".repeat(100_000)]) {
      const client = connect(socket);
      client.on("error", () => client.destroy());
      client.end(word);
      expect(await text(client).catch(() => "")).not.toContain("key");
    }
    expect(await heldKey(socket)).toEqual(key);
  });

  it("holds nothing in a folder that others may enter", async () => {
    await held().then(() => endAgent(socket));
    await chmod(dirname(socket), 0o755);
    await expect(
      holdKey(socket, drawKey(), Date.now() + HOUR_MS, () => {}, new AbortController().signal),
    ).rejects.toMatchObject({ code: "FILE_TOO_OPEN" });
  });
});
