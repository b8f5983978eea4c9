import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { RealUser } from "./real-coop.ts";

describe("a vault that the desktop's keyring opens", () => {
  let user: RealUser;
  beforeEach(async () => {
    user = await RealUser.make();
  });
  afterEach(() => user.remove());

  it("is refused where there is no keyring, with another way, and nothing is made", async () => {
    expect(
      await user.coop(["credentials", "init", "--keyring"], { passphrase: "a passphrase of a test" }),
    ).toMatchObject({
      code: 1,
      err: expect.stringMatching(/keyring[^]*--key-file/u),
    });
    expect(await user.coop(["credentials", "list"])).toMatchObject({ err: expect.stringContaining("no vault yet") });
  });
});
