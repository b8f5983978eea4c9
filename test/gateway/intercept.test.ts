import { describe, expect, it } from "vitest";
import { until } from "./support/clients.ts";
import { WAYS, anUpstream, ask, intercepted } from "./support/intercepted.ts";
import { eventually } from "./support/world.ts";

describe.for(WAYS)("%s", (way) => {
  it.for([
    ["h1", {}],
    ["h1", { h2: false }],
    ["h1", { h1: false }],
    ["h2", {}],
    ["h2", { h2: false }],
    ["h2", { h1: false }],
  ] as const)("carries requests of %s to an upstream of %j", async ([client, speaks]) => {
    const versions: string[] = [];
    const at = await intercepted(
      anUpstream((request, response) => {
        versions.push(request.httpVersion);
        const chunks: Buffer[] = [];
        request.on("data", (chunk: Buffer) => chunks.push(chunk));
        request.on("end", () => {
          response.setHeader("x-seen", String(request.headers["x-mine"]));
          response.end(`${request.method} ${request.url} ${Buffer.concat(chunks).toString()}`);
        });
      }, speaks),
      [{ methods: ["GET", "POST"], paths: ["/ok/**"] }],
    );
    if (client === "h1") {
      const tls = await at.tls(way, ["http/1.1"]);
      const host = `Host: api.test:${at.port}\r\n`;
      tls.write(`GET /ok/a?b=c HTTP/1.1\r\n${host}X-Mine: 1\r\n\r\n`);
      expect(await until(tls, "GET /ok/a?b=c ")).toMatch(/HTTP\/1.1 200 /);
      tls.write(`POST /ok/b HTTP/1.1\r\n${host}Content-Length: 5\r\n\r\nhello`);
      expect(await until(tls, "POST /ok/b hello")).toMatch(/HTTP\/1.1 200 /);
      tls.write(`POST /ok/c HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n`);
      expect(await until(tls, "POST /ok/c hello")).toMatch(/HTTP\/1.1 200 /);
      tls.write(`GET /no HTTP/1.1\r\n${host}\r\n`);
      expect(await until(tls, "path-not-allowed")).toMatch(/HTTP\/1.1 403 /);
    } else {
      const session = await at.h2(way);
      const at443 = { ":authority": `api.test:${at.port}` };
      const answers = await Promise.all([
        ask(session, { ...at443, ":path": "/ok/a?b=c", "x-mine": "1" }),
        ask(session, { ...at443, ":path": "/ok/b", ":method": "POST" }, "hello"),
        ask(session, { ...at443, ":path": "/no" }),
      ]);
      expect(answers.map((each) => each.status)).toEqual([200, 200, 403]);
      expect(answers[0]?.body).toBe("GET /ok/a?b=c ");
      expect(answers[0]?.headers["x-seen"]).toBe("1");
      expect(answers[1]?.body).toBe("POST /ok/b hello");
      expect(JSON.parse(answers[2]?.body ?? "")).toMatchObject({ code: "path-not-allowed", rule: "rule" });
    }
    expect(new Set(versions)).toEqual(
      new Set([client === "h1" && !("h1" in speaks) ? "1.1" : "h2" in speaks ? "1.1" : "2.0"]),
    );
    await eventually(() => at.world.lines().filter((line) => line["via"] === "https").length >= 3);
  });
});
