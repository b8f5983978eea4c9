import { expect, it } from "vitest";
import { ask } from "../support/intercepted.ts";
import { eventually } from "../support/world.ts";
import { SECRET, aVictim } from "./support/victim.ts";

const KEY = { kind: "text", text: SECRET } as const;

it("ends what is under way with a value that is taken away, and refuses what comes after it", async () => {
  const { at, arrived, send } = await aVictim({
    value: KEY,
    rules: [
      { name: "with", paths: ["/with/**"], credential: "key" },
      { name: "without", paths: ["/without/**"] },
    ],
    serve: (request, response) => {
      // Streams that would go on for ever.
      if (request.url?.endsWith("/stream") === true) return void response.write("data: first\n\n");
      response.end("answered");
    },
  });
  const session = await at.h2("explicit");
  const authority = `api.test:${at.port}`;
  const stream = (path: string): ReturnType<typeof ask> =>
    ask(session, { ":method": "GET", ":authority": authority, ":path": path });
  let others = "goes on";
  const ended = stream("/with/stream");
  void stream("/without/stream").then(() => (others = "ended"));
  await eventually(() => arrived().length === 2);
  expect((await send({ path: "/with/before" })).status).toBe(200);

  at.provide({});
  at.world.gateway().forget([KEY]);

  expect((await ended).code).not.toBe(0);
  expect(others).toBe("goes on");
  const refused = await send({ path: "/with/after" });
  expect([refused.status, refused.body.toString()]).toEqual([503, expect.stringContaining("credential-not-ready")]);
  expect((await send({ path: "/without/after" })).status).toBe(200);
  expect(others).toBe("goes on");
  expect(arrived().map((each) => each.path)).not.toContain("/with/after");
});

it("keeps nothing of a login that is taken away: neither its token nor what came of it", async () => {
  const { TokenRenewer } = await import("../../../src/gateway/credentials/token-renewer.ts");
  const answers = ["access-1", "access-2"];
  const renewer = new TokenRenewer({
    ask: () =>
      Promise.resolve({
        status: 200,
        body: JSON.stringify({ access_token: answers.shift(), refresh_token: "refresh-1" }),
      }),
    clock: { now: () => 0 },
    log: { decided: () => undefined, event: () => undefined },
  });
  const refresh = { token: "refresh-0", url: "https://login.test/token", clientId: "client" };
  const login = { kind: "oauth", accessToken: "access-0", expiresAt: 0, refresh } as const;
  await renewer.usable("login", login, "form");
  expect(Object.keys(renewer.renewed({ login }))).toEqual(["login"]);
  renewer.forget(login);
  expect(renewer.renewed({ login, later: { ...login, refresh: { ...refresh, token: "refresh-1" } } })).toEqual({});
});
