import { describe, expect, it } from "vitest";
import { callName, isMutating } from "./engine-call.ts";

const ID = "f".repeat(64);
const names = {
  prefix: "coop.shop.",
  of: (kind: string) => Promise.resolve(kind === "exec" ? "coop.shop.service.db" : "coop.shop.sandbox.one.0"),
};

describe("the name of a call", () => {
  it.for([
    ["POST", "/v1.41/containers/create?name=coop.shop.gateway", null, "POST containers/create gateway"],
    ["POST", "/containers/create", "container:reader.policy", "POST containers/create (container:reader.policy)"],
    ["POST", `/containers/${ID}/start`, null, "POST containers/sandbox.one.0/start"],
    ["PUT", `/v1.41/containers/${ID}/archive?path=%2Fwork`, null, "PUT containers/sandbox.one.0/archive /work"],
    ["POST", `/exec/${ID}/start`, null, "POST exec/service.db/start"],
    ["DELETE", "/volumes/coop.shop.data.db?force=1", null, "DELETE volumes/data.db"],
    ["GET", "/v1.41/containers/json?all=1", null, "GET containers/json"],
    ["GET", "/info", null, "GET info"],
  ] as const)("%s %s", async ([method, target, label, name]) => {
    expect(await callName(method, target, names, label)).toBe(name);
  });

  it("tells what changes or runs something from questions", () => {
    const mutating = (line: string): boolean => isMutating({ method: line.split(" ")[0] ?? "", name: line });
    for (const each of [
      "POST containers/x/start",
      "DELETE volumes/y",
      "PUT containers/x/archive /",
      "POST exec/x/start",
    ])
      expect(mutating(each), each).toBe(true);
    for (const each of ["GET containers/x/json", "HEAD _ping", "POST containers/x/wait"])
      expect(mutating(each), each).toBe(false);
  });
});
