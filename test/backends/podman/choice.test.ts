import { expect, it } from "vitest";
import { namedEngine, openEngine } from "../../../src/backends/docker/open-engine.ts";
import { hasPodman } from "../../../src/backends/docker/podman/connect-podman.ts";

const never = new AbortController().signal;

it("takes COOP_RUNTIME for an engine's name and for nothing else", () => {
  expect(namedEngine({})).toBeNull();
  expect(namedEngine({ COOP_RUNTIME: "" })).toBeNull();
  expect(namedEngine({ COOP_RUNTIME: "podman" })).toBe("podman");
  expect(() => namedEngine({ COOP_RUNTIME: "toString" })).toThrow('COOP_RUNTIME is "toString"');
});

it("asks for Podman only where CONTAINER_HOST says, and says what was tried", async () => {
  const opening = openEngine("podman", { CONTAINER_HOST: "unix:///nowhere.sock", PATH: process.env["PATH"] }, never);
  await expect(opening).rejects.toMatchObject({
    code: "ENGINE_UNREACHABLE",
    message: "No Podman answers. Tried:\n  unix:///nowhere.sock: no such socket",
    mend: expect.stringContaining("apt-get install podman"),
  });
});

it("drives no Podman of another machine, whose files it could not read", async () => {
  const opening = openEngine("podman", { CONTAINER_HOST: "ssh://host/run/podman.sock" }, never);
  await expect(opening).rejects.toMatchObject({ code: "ENGINE_UNSUPPORTED" });
});

it("goes over to no other engine where DOCKER_HOST names one that does not answer", async () => {
  const opening = openEngine(null, { DOCKER_HOST: "unix:///nowhere.sock", PATH: process.env["PATH"] }, never);
  await expect(opening).rejects.toMatchObject({
    code: "ENGINE_UNREACHABLE",
    message: expect.stringContaining("unix:///nowhere.sock"),
  });
});

it("knows that there is no Podman where there is no program and no socket", () => {
  expect(hasPodman({ PATH: "/nowhere", CONTAINER_HOST: "unix:///nowhere.sock" })).toBe(false);
});
