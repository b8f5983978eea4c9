import { describe, expect, it } from "vitest";
import { hear, say } from "../support/clients.ts";
import { WAYS } from "../support/intercepted.ts";
import { KEY, upgradeRequest } from "../support/web-socket.ts";
import { silent } from "./support/attack.ts";
import { WITHOUT } from "./support/guards.ts";
import { PLACEHOLDER, SECRET, type Unguarded, type Victim, aVictim } from "./support/victim.ts";

describe("a WebSocket", () => {
  /** Opens one with the placeholder; the upstream answers with the key that it was sent, cut over two frames. */
  async function heardOver(unguarded: Unguarded, way: (typeof WAYS)[number]): Promise<Buffer> {
    const victim = await aVictim({ serve: silent, way }, unguarded);
    victim.upstream.on("upgrade", (request, socket) => {
      const key = String(request.headers["x-api-key"]);
      const accept = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";
      socket.write(
        `HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
      );
      const parts = [key.slice(0, 10), key.slice(10)].map((each) => Buffer.from(each));
      for (const [at, part] of parts.entries())
        socket.write(Buffer.concat([Buffer.from([at === 0 ? 0x01 : 0x80, part.length]), part]));
      socket.end();
    });
    const tls = await victim.at.tls(way, ["http/1.1"]);
    const request = upgradeRequest(`api.test:${victim.at.port}`, "/ws");
    tls.write(request.replace("\r\n\r\n", `\r\nX-Api-Key: ${PLACEHOLDER}\r\n\r\n`));
    const { text } = await hear(tls);
    expect(text).toMatch(/^HTTP\/1.1 101/);
    expect(KEY).toHaveLength(24);
    const frames = Buffer.from(text.slice(text.indexOf("\r\n\r\n") + 4), "latin1");
    const payloads: Buffer[] = [];
    for (let at = 0; at < frames.length; at += 2 + (frames[at + 1] ?? 0))
      payloads.push(frames.subarray(at + 2, at + 2 + (frames[at + 1] ?? 0)));
    return Buffer.concat(payloads);
  }

  it("that shows the key over two frames does so where nobody looks into it", async () => {
    expect((await heardOver(WITHOUT["a look into WebSockets"], "explicit")).toString()).toBe(SECRET);
  });

  it.for(WAYS)("that shows the key over two frames does not, %s", async (way) => {
    expect((await heardOver({}, way)).toString()).toBe("*".repeat(SECRET.length));
  });

  it.for(WAYS)("with a key of its own is refused before it is opened, %s", async (way) => {
    const victim = await aVictim({ serve: silent, way });
    victim.upstream.on("upgrade", (_request, socket) => socket.end());
    const tls = await victim.at.tls(way, ["http/1.1"]);
    tls.write(upgradeRequest(`api.test:${victim.at.port}`, "/ws").replace("\r\n\r\n", "\r\nX-Api-Key: mine\r\n\r\n"));
    expect((await hear(tls)).text).toContain('"code":"client-credential"');
    expect(victim.arrived()).toEqual([]);
  });
});

describe("plain http", () => {
  async function sentPlain(unguarded: Unguarded): Promise<Victim> {
    const rules = [{ credential: "key", protocol: "http", tls: "tunnel" }] as const;
    const victim = await aVictim({ serve: silent, rules, plain: true }, unguarded);
    const host = `api.test:${victim.at.port}`;
    const request = `GET http://${host}/v1 HTTP/1.1\r\nHost: ${host}\r\nX-Api-Key: ${PLACEHOLDER}\r\nConnection: close\r\n\r\n`;
    await say({ host: "127.0.0.1", port: victim.at.forwarder.proxyPort }, request);
    return victim;
  }

  it("carries the key for everybody to read where rules are not held to what can be enforced", async () => {
    const victim = await sentPlain(WITHOUT["rules that cannot be enforced"]);
    expect(victim.arrived().flatMap((each) => each.headers)).toContain(SECRET);
  });

  it("carries nothing under a rule with a credential", async () => {
    expect((await sentPlain({})).arrived()).toEqual([]);
  });
});

describe.for(WAYS)("what is never done, %s", (way) => {
  it("swaps no placeholder that stands where none is looked for", async () => {
    const victim = await aVictim({
      serve: silent,
      way,
      rules: [{ credential: "key", paths: ["/v1"] }, { name: "free" }],
    });
    await victim.send({ path: `/v1?x=${PLACEHOLDER}`, headers: ["X-Copy", PLACEHOLDER] });
    await victim.send({ path: "/free", headers: ["X-Api-Key", PLACEHOLDER] });
    const [first, second] = victim.arrived();
    expect(first?.path).toBe(`/v1?x=${PLACEHOLDER}`);
    expect(first?.headers).toEqual(expect.arrayContaining(["x-copy", PLACEHOLDER, "x-api-key", SECRET]));
    expect(second?.headers).not.toContain(SECRET);
  });

  it("follows no redirect, and takes the key to no other host", async () => {
    const victim = await aVictim({
      serve: (_request, response) => void response.writeHead(307, { location: "https://evil.test/" }).end(),
      way,
      rules: [{ credential: "key" }, { name: "evil", host: { kind: "exact", name: "evil.test" } }],
    });
    expect((await victim.send({ path: "/v1" })).status).toBe(307);
    await victim.send({ host: "evil.test", path: "/v1", headers: ["X-Api-Key", PLACEHOLDER] });
    expect(victim.arrived().map(({ host, headers }) => [host, headers.includes(SECRET)])).toEqual([
      ["api.test", true],
      ["evil.test", false],
    ]);
  });

  it("lets no request with a credential out before the gateway was given one, and says so", async () => {
    const victim = await aVictim({ serve: silent, way });
    victim.at.provide({});
    const came = await victim.send({ path: "/v1" });
    expect([came.status, JSON.parse(came.body.toString())]).toEqual([
      503,
      expect.objectContaining({ code: "credential-not-ready" }),
    ]);
    expect(victim.arrived()).toEqual([]);
    victim.at.provide({ key: { kind: "text", text: SECRET } });
    expect((await victim.send({ path: "/v1" })).status).toBe(200);
  });

  it("puts the key on by a client's hop-by-hop trick neither away nor twice", async () => {
    const victim = await aVictim({ serve: silent, way });
    await victim.send({
      path: "/v1",
      headers: ["Connection", "close, x-api-key, authorization", "X-Api-Key", PLACEHOLDER],
    });
    const { headers = [] } = victim.arrived()[0] ?? {};
    expect(headers.filter((each) => each === SECRET)).toHaveLength(1);
  });

  it("names in a refusal what to do, and no value", async () => {
    const victim = await aVictim({ serve: silent, way });
    const came = await victim.send({ path: "/v1", headers: ["X-Api-Key", "mine"] });
    expect(came.status).toBe(403);
    expect(JSON.parse(came.body.toString())).toEqual({
      code: "client-credential",
      host: "api.test",
      rule: "rule",
      fix: expect.stringContaining("(the header X-Api-Key), where rule rule puts one on. Leave yours out") as unknown,
    });
  });

  it("judges a request again by the credential of the rules that are in force", async () => {
    const victim = await aVictim({ serve: silent, way });
    await victim.at.apply([{}]);
    await victim.send({ path: "/v1" });
    expect(victim.arrived().flatMap((each) => each.headers)).not.toContain(SECRET);
  });
});
