import { describe, expect, it } from "vitest";
import { connectDocker } from "../../src/backends/docker/connect.ts";
import { openEngine } from "../../src/backends/docker/open-engine.ts";
import { connectPodman } from "../../src/backends/docker/podman/connect-podman.ts";
import { podmanOr, WITHOUT_PODMAN } from "../support/podman-hands.ts";

const never = new AbortController().signal;

describe.skipIf(WITHOUT_PODMAN)(podmanOr("which engine"), () => {
  it("is Docker where both are here, and Podman where that is named", async () => {
    expect((await openEngine(null, process.env, never)).kind).toBe("docker");
    expect((await openEngine("podman", process.env, never)).kind).toBe("podman");
  });

  it("is Podman where Docker does not answer", async () => {
    const refused = connectDocker({ DOCKER_HOST: "unix:///nowhere.sock" });
    refused.catch(() => undefined);
    const environment = { ...process.env, DOCKER_HOST: undefined };
    expect((await openEngine(null, environment, never, refused)).kind).toBe("podman");
  });

  it("is never a Podman that is spoken to as Docker", async () => {
    const { address } = await connectPodman(process.env);
    await expect(connectDocker({ DOCKER_HOST: address })).rejects.toMatchObject({
      code: "ENGINE_UNREACHABLE",
      message: expect.stringContaining("`backend: podman`"),
    });
  });

  it("is one that two runs start at the same time once", async () => {
    const all = await Promise.all(Array.from({ length: 4 }, () => connectPodman(process.env)));
    expect(new Set(all.map(({ address, id }) => `${address} ${id}`)).size).toBe(1);
  });
});
