import { gunzipSync, gzipSync } from "node:zlib";
import { type Attack, echoes, silent } from "./attack.ts";
import { aCredential, aPlace } from "./requests.ts";
import { PLACEHOLDER, SECRET, type Victim } from "./victim.ts";

const OWN = "a look at what the client carries";
const LEFT = "headers that are left behind";

/** Whether a header of this name with this value reached the upstream together with the secret. */
function beside(victim: Victim, name: string, value: string): boolean {
  return victim.arrived().some(({ headers }) => {
    const pairs = headers.flatMap((each, at) => (at % 2 === 0 ? [`${each}: ${headers[at + 1]}`] : []));
    return pairs.some((each) => each.includes(SECRET)) && pairs.includes(`${name}: ${value}`);
  });
}

const sends = (name: string, headers: readonly string[], guard: Attack["guard"], path = "/v1"): Attack => ({
  name,
  guard,
  run: async (victim) => {
    await victim.send({ path, headers });
    const [header = "", value = ""] = headers.slice(-2);
    return beside(victim, header.toLowerCase(), value);
  },
});

const asksFor = (path: string): Attack => ({
  name: `a key of one's own in the query: ${path}`,
  guard: /[?&]key=/.test(path) ? "a look at what the client carries" : "names of parameters as servers read them",
  run: async (victim) => {
    await victim.send({ path });
    return victim.arrived().some((each) => each.path === path && each.headers.includes(SECRET));
  },
});

/** What an attacker sends, so that more goes upstream than the rule means, or what comes back cannot be searched. */
export const SENT: readonly Attack[] = [
  sends("a key of one's own", ["X-Api-Key", "attacker"], OWN),
  sends("a key of one's own behind the placeholder", ["X-Api-Key", PLACEHOLDER, "X-Api-Key", "attacker"], OWN),
  sends("a key of one's own in another carrier", ["Authorization", "Bearer attacker"], OWN),
  sends(
    "a key of one's own in another carrier, with the placeholder in the first",
    ["X-Api-Key", PLACEHOLDER, "Authorization", "Bearer attacker"],
    OWN,
  ),
  sends("Basic of one's own", ["Authorization", `Basic ${btoa("me:attacker")}`], OWN),
  sends("the placeholder with more behind it", ["X-Api-Key", `${PLACEHOLDER}attacker`], OWN),
  sends("a key of one's own with an underscore", ["X_Api_Key", "attacker"], "names of headers as servers read them"),
  sends(
    "a cookie with an underscore is one",
    ["X_Http_Method_Override", "DELETE"],
    "names of headers as servers read them",
  ),
  asksFor("/v1?key=attacker"),
  asksFor("/v1?a=b&key=attacker"),
  asksFor("/v1?KEY=attacker"),
  asksFor("/v1?key[]=attacker"),
  asksFor("/v1?%4bey=attacker"),
  sends("a session of somebody else", ["Cookie", "session=attacker"], LEFT),
  sends("another method than the judged one", ["X-HTTP-Method-Override", "DELETE"], LEFT),
  sends("another method by another name", ["X-Method-Override", "DELETE"], LEFT),
  sends("another method by a third name", ["X-HTTP-Method", "DELETE"], LEFT),
  sends("another path than the judged one", ["X-Original-URL", "/admin"], LEFT),
  sends("another path by another name", ["X-Rewrite-URL", "/admin"], LEFT),
  sends("another host than the judged one", ["X-Forwarded-Host", "evil.test"], LEFT),
  echoes(
    "in the half that was asked for, twice",
    LEFT,
    (key, response, { headers }) => {
      const [, from = "0", to = "99"] = /bytes=(\d+)-(\d+)/.exec(String(headers.range)) ?? [];
      response.end(headers.range === undefined ? key : key.slice(Number(from), Number(to) + 1));
    },
    ({ body }) => body,
    {
      run: async (victim) => {
        const half = async (range: string): Promise<string> =>
          (await victim.send({ path: "/echo", headers: ["Range", range] })).body.toString();
        return `${await half("bytes=0-9")}${await half("bytes=10-99")}`.includes(SECRET);
      },
    },
  ),
  echoes(
    "in the alphabet that was asked for",
    LEFT,
    (key, response, { headers }) =>
      void response.end(
        headers["accept-charset"] === "utf-32"
          ? Buffer.from([...Buffer.from(key)].flatMap((each) => [each, 0, 0, 0]))
          : key,
      ),
    ({ body }) => Buffer.from(body.filter((each) => each !== 0)),
    { headers: ["Accept-Charset", "utf-32"] },
  ),
  echoes(
    "in a coding that was asked for and is not named",
    LEFT,
    (key, response, { headers }) =>
      void response.end(
        String(headers["accept-encoding"]).includes("x-mine") ? Buffer.from(key).map((each) => each ^ 1) : key,
      ),
    ({ body }) => Buffer.from(body.map((each) => each ^ 1)),
    { headers: ["Accept-Encoding", "x-mine, gzip"] },
  ),
  echoes(
    "as a part, unasked",
    "answers that cannot be read",
    (key, response, { headers }) => {
      const part = headers["x-part"] === "1" ? key.slice(0, 9) : key.slice(9);
      response.writeHead(206, { "content-range": "bytes 0-8/28" }).end(part);
    },
    ({ body }) => body,
    {
      run: async (victim) => {
        const part = async (which: string): Promise<string> =>
          (await victim.send({ path: "/echo", headers: ["X-Part", which] })).body.toString();
        return `${await part("1")}${await part("2")}`.includes(SECRET);
      },
    },
  ),
  echoes(
    "in a coding that nobody here can undo",
    "answers that cannot be read",
    (key, response) =>
      void response.writeHead(200, { "content-encoding": "x-mine" }).end(Buffer.from(key).map((each) => each ^ 1)),
    ({ body }) => Buffer.from(body.map((each) => each ^ 1)),
  ),
  echoes(
    "in a compressed message of gRPC",
    "answers that cannot be read",
    (key, response) => void response.writeHead(200, { "grpc-encoding": "gzip" }).end(gzipSync(key)),
    ({ body }) => gunzipSync(body),
  ),
  {
    name: "a session that outlives the request, and is used where nothing is put in",
    guard: "headers that never come back",
    choice: {
      serve: (_request, response) => void response.writeHead(200, { "set-cookie": "session=of-the-account" }).end(),
      rules: [
        { credential: "key", paths: ["/v1"] },
        { name: "plain", paths: ["/free"] },
      ],
    },
    run: async (victim) => (await victim.send({ path: "/v1" })).head.includes("of-the-account"),
  },
  {
    name: "a sibling of the host, which the rule covers and the credential does not",
    guard: "the place of a credential",
    choice: {
      serve: silent,
      rules: [{ credential: "key", host: { kind: "exact", name: "evil.test" } }],
    },
    run: async (victim) => {
      await victim.send({ host: "evil.test", path: "/v1" });
      return victim.arrived().some((each) => each.headers.includes(SECRET));
    },
  },
  {
    name: "a path of the host that the credential does not go to",
    guard: "the place of a credential",
    choice: { serve: silent, credential: aCredential([aPlace({ paths: ["/api/**"] })], PLACEHOLDER) },
    run: async (victim) => {
      await victim.send({ path: "/upload" });
      return victim.arrived().some((each) => each.headers.includes(SECRET));
    },
  },
];
