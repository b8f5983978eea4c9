import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { text } from "node:stream/consumers";
import { expect, it } from "vitest";
import type { OAuthValue } from "../../../src/gateway/credentials/renew-token.ts";
import { hear } from "../support/clients.ts";
import { acceptance, upgradeRequest } from "../support/web-socket.ts";
import { eventually } from "../support/world.ts";
import { aCredential, aPlace } from "./support/requests.ts";
import { PLACEHOLDER, type Victim, type VictimChoice, aVictim } from "./support/victim.ts";

const BEARER = aCredential(
  [aPlace({ into: { kind: "header", header: "authorization", prefix: "Bearer " }, carriers: ["authorization"] })],
  PLACEHOLDER,
);

interface Login {
  readonly victim: Victim;
  readonly tokenRequests: () => readonly string[];
  readonly give: (value: Partial<OAuthValue>) => void;
}

/** api.test takes only `Bearer access-N` of the newest N; other.test gives tokens. */
async function aLogin(refuse: () => string | null = () => null): Promise<Login> {
  const asked: string[] = [];
  const serve: VictimChoice["serve"] = (request, response) => {
    if (request.url === "/token") {
      void text(request).then((body) => {
        asked.push(body);
        const refused = refuse();
        const fresh = {
          access_token: `access-${asked.length}`,
          refresh_token: `refresh-${asked.length}`,
          expires_in: 3600,
        };
        response.writeHead(refused === null ? 200 : 400, { "content-type": "application/json" });
        response.end(refused ?? JSON.stringify(fresh));
      });
      return;
    }
    const good = request.headers.authorization === `Bearer access-${asked.length}`;
    response.writeHead(good ? 200 : 401).end(`you are ${request.headers.authorization}`);
  };
  const victim = await aVictim({ serve, credential: BEARER });
  const give = (difference: Partial<OAuthValue>): void => {
    const url = `https://other.test:${victim.at.port}/token`;
    const refresh = { token: "refresh-0", url, clientId: "client" };
    victim.at.provide({
      key: { kind: "oauth", accessToken: "access-0", expiresAt: Date.now() + 3_600_000, refresh, ...difference },
    });
  };
  return { victim, tokenRequests: () => asked, give };
}

it("renews a token that is over, once for everybody, over a connection that is checked and verified", async () => {
  const { victim, tokenRequests, give } = await aLogin();
  give({ expiresAt: Date.now() - 1 });
  const all = await Promise.all(Array.from({ length: 12 }, () => victim.send({ path: "/v1" })));
  expect(all.map((each) => each.status)).toEqual(Array.from({ length: 12 }, () => 200));
  expect(all[0]?.body.toString()).toBe("you are Bearer ********");
  expect(tokenRequests()).toEqual(["grant_type=refresh_token&refresh_token=refresh-0&client_id=client"]);
  expect(victim.at.world.gateway().renewed()["key"]).toMatchObject({ value: { accessToken: "access-1" } });
  const shown = victim.at.world
    .lines()
    .map((each) => JSON.stringify(each))
    .join();
  expect(shown).toContain("credential-renewed");
  expect(shown).not.toMatch(/access-\d|refresh-\d/);
});

it("renews a token that the host refuses, for the request after it", async () => {
  const { victim, give, tokenRequests } = await aLogin();
  give({ accessToken: "revoked" });
  expect((await victim.send({ path: "/v1" })).status).toBe(401);
  expect((await victim.send({ path: "/v1" })).status).toBe(200);
  expect(tokenRequests()).toHaveLength(1);
});

it("says so where the login is over", async () => {
  const { victim, give } = await aLogin(() => '{"error":"invalid_grant"}');
  give({ expiresAt: Date.now() - 1 });
  const came = await victim.send({ path: "/v1" });
  expect([came.status, JSON.parse(came.body.toString())]).toEqual([
    502,
    expect.objectContaining({
      code: "credential-expired",
      fix: expect.stringContaining("its login is over (invalid_grant)") as unknown,
    }),
  ]);
  expect(victim.arrived().map((each) => each.path)).toEqual(["/token"]);
});

it("sends no refresh token to a private address, nor to whom cannot prove who it is", async () => {
  const { victim, give } = await aLogin();
  for (const host of ["private.test", "unknown.test"]) {
    victim.at.world.addresses.set("private.test", ["10.0.0.1"]);
    victim.at.world.addresses.set("unknown.test", ["127.0.0.1"]);
    const url = `https://${host}:${victim.at.port}/token`;
    give({ expiresAt: Date.now() - 1, refresh: { token: `of-${host}`, url, clientId: "client" } });
    expect((await victim.send({ path: "/v1" })).body.toString()).toContain("credential-expired");
    await eventually(() => victim.at.world.lines().some((each) => each["event"] === "credential-not-renewed"));
  }
  expect(victim.arrived()).toEqual([]);
});

it("renews a token that the host refuses a WebSocket with, once, for the handshake after it", async () => {
  const { victim, give, tokenRequests } = await aLogin();
  const shaken: string[] = [];
  // Beside the requests that the victim's upstream answers itself.
  victim.upstream.on("upgrade", (request: IncomingMessage, socket: Socket) => {
    const authorization = String(request.headers.authorization);
    shaken.push(authorization);
    const good = authorization === `Bearer access-${tokenRequests().length}`;
    socket.end(good ? acceptance(request) : "HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n");
  });
  give({ accessToken: "revoked" });
  const shake = async (): Promise<string> => {
    const socket = await victim.at.tls("explicit", ["http/1.1"]);
    socket.write(
      upgradeRequest(`api.test:${victim.at.port}`, "/v1/responses", [`Authorization: Bearer ${PLACEHOLDER}`]),
    );
    return (await hear(socket)).text;
  };
  expect(await shake()).toMatch(/^HTTP\/1\.1 401 /);
  const next = await Promise.all([shake(), shake(), shake()]);
  for (const each of next) expect(each).toMatch(/^HTTP\/1\.1 101 /);
  expect(shaken).toEqual(["Bearer revoked", "Bearer access-1", "Bearer access-1", "Bearer access-1"]);
  expect(tokenRequests()).toHaveLength(1);
});
