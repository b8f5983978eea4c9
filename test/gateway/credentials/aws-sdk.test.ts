import { request as h1Request } from "node:http";
import { Agent } from "node:https";
import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { beforeEach, expect, it, onTestFinished, vi } from "vitest";
import { lookUp, say } from "../support/clients.ts";
import { type Intercepted, anUpstream, intercepted } from "../support/intercepted.ts";
import { type Stored, s3StandIn } from "../support/s3-stand-in.ts";
import { aCredential } from "./support/requests.ts";
import { aRule } from "../support/world.ts";

const PLACEHOLDER = "AKIACOOPPLACEHOLDER2";
const REAL = {
  kind: "aws",
  accessKeyId: "AKIAREALKEYCANARY222",
  secretAccessKey: "canary/7f3a51c09be24d6680b1de95c2a44f17",
  sessionToken: null,
} as const;

let gateway: Intercepted;
let stored: readonly Stored[];

const CREDENTIALS = {
  aws: aCredential(
    [
      {
        hosts: [{ kind: "exact", name: "api.test" }],
        paths: [],
        into: { kind: "aws-sigv4" },
        carriers: ["authorization", "x-amz-security-token"],
        queryCarriers: ["X-Amz-Credential", "X-Amz-Signature", "X-Amz-Security-Token"],
        merge: [],
      },
    ],
    PLACEHOLDER,
  ),
};

beforeEach(async () => {
  const storage = s3StandIn(REAL);
  ({ stored } = storage);
  gateway = await intercepted(anUpstream(storage.serve));
  await gateway.apply([{ name: "storage", credential: "aws" }], { credentials: CREDENTIALS });
  gateway.provide({ aws: REAL });
});

/** What a sandbox asks on its own loopback, as SDKs do. */
async function keys(name: string, host = "127.0.0.1", forwarder = gateway.forwarder): Promise<string> {
  const request = `GET /credentials/${name} HTTP/1.1\r\nHost: ${host}:3128\r\nConnection: close\r\n\r\n`;
  return (await say({ host: "127.0.0.1", port: forwarder.proxyPort }, request)).text;
}

/** An SDK with nothing of its own but what the environment of a sandbox says. */
async function sdk(): Promise<S3Client> {
  for (const name of Object.keys(process.env).filter((each) => each.startsWith("AWS_"))) vi.stubEnv(name, undefined);
  vi.stubEnv("AWS_CONTAINER_CREDENTIALS_FULL_URI", `http://127.0.0.1:${gateway.forwarder.proxyPort}/credentials/aws`);
  vi.stubEnv("AWS_EC2_METADATA_DISABLED", "true");
  // No file of whoever runs this test is read.
  vi.stubEnv("AWS_CONFIG_FILE", "/nonexistent/config");
  vi.stubEnv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent/credentials");
  onTestFinished(() => void vi.unstubAllEnvs());
  const { addresses } = await lookUp(gateway.forwarder.dnsPort, "api.test");
  const address = addresses[0] ?? "";
  const httpsAgent = new Agent({
    ca: gateway.root,
    lookup: (_name, options, found) =>
      options.all === true ? found(null, [{ address, family: 4 }]) : found(null, address, 4),
  });
  const client = new S3Client({
    region: "us-east-1",
    endpoint: `https://api.test:${gateway.port}`,
    forcePathStyle: true,
    requestHandler: { httpsAgent },
    maxAttempts: 1,
  });
  onTestFinished(() => client.destroy());
  return client;
}

it("gives an SDK of AWS keys by its own endpoint, and signs what it asks for with the real one", async () => {
  const client = await sdk();
  await client.send(new PutObjectCommand({ Bucket: "shop", Key: "orders/a b+c.txt", Body: "two apples" }));
  await client.send(new ListObjectsV2Command({ Bucket: "shop", Prefix: "orders/", Delimiter: "/" }));
  await client.send(new GetObjectCommand({ Bucket: "shop", Key: "orders/ü.txt" }));
  expect(stored.map((each) => [each.problem, each.target.split("?")[0]])).toEqual([
    [null, "/shop/orders/a%20b%2Bc.txt"],
    [null, "/shop/"],
    [null, "/shop/orders/%C3%BC.txt"],
  ]);
  expect(stored[0]?.content.toString()).toBe("two apples");
  const held = await client.config.credentials();
  expect(JSON.stringify(held)).not.toMatch(/canary/i);
  expect(held.accessKeyId).toBe(PLACEHOLDER);
  // Old enough that an SDK asks again within the hour, and never while it works.
  expect((held.expiration?.getTime() ?? 0) - Date.now()).toBeGreaterThan(55 * 60_000);
  expect(JSON.stringify(stored)).not.toContain(PLACEHOLDER);
});

it("signs with a session's token where the real key has one", async () => {
  const session = { ...REAL, sessionToken: "real-session-canary" };
  const storage = s3StandIn(session);
  gateway = await intercepted(anUpstream(storage.serve));
  await gateway.apply([{ credential: "aws" }], { credentials: CREDENTIALS });
  gateway.provide({ aws: session });
  await (await sdk()).send(new GetObjectCommand({ Bucket: "shop", Key: "a" }));
  expect(storage.stored.map((each) => each.problem)).toEqual([null]);
});

it("carries a stream of an SDK, which comes in chunks with a checksum behind them", async () => {
  const content = Buffer.alloc(300_000, "a line of it\n");
  const pieces = Array.from({ length: 30 }, (_, at) => content.subarray(at * 10_000, (at + 1) * 10_000));
  const put = new PutObjectCommand({
    Bucket: "shop",
    Key: "stream",
    Body: Readable.from(pieces),
    ContentLength: content.length,
    ChecksumAlgorithm: "CRC32",
  });
  await (await sdk()).send(put);
  expect(stored.map((each) => [each.problem, each.content.equals(content)])).toEqual([[null, true]]);
  expect(stored[0]?.headers["x-amz-content-sha256"]).toBe("STREAMING-UNSIGNED-PAYLOAD-TRAILER");
  expect(stored[0]?.trailers).toEqual([expect.stringMatching(/^x-amz-checksum-crc32:/)]);
});

const FAKE = "f".repeat(64);

/** A chunk as a client signs it, with a key that is nobody's. */
const chunk = (content: string): string =>
  `${content.length.toString(16)};chunk-signature=${FAKE}\r\n${content}${content === "" ? "" : "\r\n"}`;

/** What a client with the placeholder sends, piece by piece as the last was taken. */
async function sendChunks(
  pieces: readonly string[],
  decoded: number,
  trailer: boolean,
  framed: boolean,
): Promise<readonly [number, string]> {
  const scope = "20130524/us-east-1/s3/aws4_request";
  const signed = "content-encoding;host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length";
  const socket = await gateway.tls("explicit", ["http/1.1"]);
  return new Promise((resolve, reject) => {
    const request = h1Request({
      createConnection: () => socket,
      method: "PUT",
      path: "/shop/chunked",
      setHost: false,
      headers: [
        ...["Host", `api.test:${gateway.port}`, "Content-Encoding", "aws-chunked", "X-Amz-Date", "20130524T000000Z"],
        ...["X-Amz-Content-Sha256", `STREAMING-AWS4-HMAC-SHA256-PAYLOAD${trailer ? "-TRAILER" : ""}`],
        ...["X-Amz-Decoded-Content-Length", String(decoded)],
        ...(trailer ? ["X-Amz-Trailer", "x-amz-checksum-crc32"] : []),
        ...(framed ? ["Content-Length", String(pieces.join("").length)] : ["Transfer-Encoding", "chunked"]),
        "Authorization",
        `AWS4-HMAC-SHA256 Credential=${PLACEHOLDER}/${scope}, SignedHeaders=${signed}, Signature=${FAKE}`,
      ],
    });
    request.on("error", reject);
    request.on("response", (response) => {
      text(response).then((body) => resolve([response.statusCode ?? 0, body]), reject);
    });
    Readable.from(pieces).pipe(request);
  });
}

it.for([
  [false, true, true],
  [false, false, false],
  [true, true, false],
  [true, false, true],
] as const)(
  "signs each chunk again (with a trailer %s, with a length %s, upstream of HTTP/2 %s)",
  async ([trailer, framed, h2]) => {
    const storage = s3StandIn(REAL);
    gateway = await intercepted(anUpstream(storage.serve, { h2, h1: !h2 }));
    await gateway.apply([{ credential: "aws" }], { credentials: CREDENTIALS });
    gateway.provide({ aws: REAL });
    const contents = Array.from({ length: 20 }, (_, at) => String.fromCodePoint(97 + at).repeat(65_536));
    const end = trailer ? `x-amz-checksum-crc32:AAAAAA==\r\nx-amz-trailer-signature:${FAKE}\r\n\r\n` : "\r\n";
    const answer = await sendChunks([...contents.map(chunk), chunk(""), end], 20 * 65_536, trailer, framed);
    expect(answer).toEqual([200, "<Empty/>"]);
    expect(storage.stored.map((each) => [each.problem, each.chunks, each.trailers.length])).toEqual([
      [null, 21, trailer ? 1 : 0],
    ]);
    expect(storage.stored[0]?.content.toString()).toBe(contents.join(""));
  },
);

it("refuses a body whose chunks cannot be signed again, in words", async () => {
  for (const bad of [["hello\r\n"], [chunk("good"), "5;chunk-signature=0\r\nfirst\r\n"], [chunk("good")]]) {
    const [status, body] = await sendChunks(bad, 5, false, true);
    expect([status, body]).toEqual([403, expect.stringContaining('"code":"signature-refused"')]);
  }
  expect(stored).toEqual([]);
});

it("answers as SDKs expect it, also under the name localhost", async () => {
  for (const host of ["127.0.0.1", "localhost", "LOCALHOST"]) {
    const answer = await keys("aws", host);
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(JSON.parse(answer.split("\r\n\r\n")[1] ?? "")).toEqual({
      AccessKeyId: PLACEHOLDER,
      SecretAccessKey: expect.stringMatching(/^[\w]{40}$/) as unknown,
      Token: PLACEHOLDER,
      Expiration: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/) as unknown,
    });
    expect(answer).not.toMatch(/canary/i);
  }
});

it("is no way to anything else: no other host's origin form, no listener of the sandbox's own", async () => {
  const proxy = { host: "127.0.0.1", port: gateway.forwarder.proxyPort };
  const others = ["api.test", "127.0.0.1.evil.test", "localhost.evil.test", "169.254.169.254", "10.0.0.1", "0.0.0.0"];
  for (const host of others) {
    const { text } = await say(proxy, `GET /credentials/aws HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
    expect([host, text.split("\r\n")[0]]).toEqual([host, "HTTP/1.1 400 Bad Request"]);
  }
  const twice = `GET /credentials/aws HTTP/1.1\r\nHost: 127.0.0.1\r\nHost: api.test\r\nConnection: close\r\n\r\n`;
  expect((await say(proxy, twice)).text).toContain("HTTP/1.1 400");
  const absolute = `GET http://127.0.0.1:8080/ HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nConnection: close\r\n\r\n`;
  expect((await say(proxy, absolute)).text).toContain("HTTP/1.1 403");
});

it("refuses whoever has no rule with it, and says why there are none yet", async () => {
  await gateway.apply([{ name: "storage", credential: "aws" }], {
    credentials: { ...CREDENTIALS, other: aCredential([], "coop-placeholder-0123456789") },
    subjects: {
      "agent/coder": { open: false, routes: [], rules: [aRule({ credential: "aws" })] },
      "agent/visitor": { open: false, routes: [], rules: [aRule({ name: "plain" })] },
    },
  });
  const visitor = await gateway.world.forwarder("agent/visitor/0");
  const unknown = /^HTTP\/1\.1 404 .*"Code":"credential-unknown"/s;
  expect(await keys("aws", "127.0.0.1", visitor)).toMatch(unknown);
  for (const name of ["other", "", "__proto__", "aws/..", "toString"]) expect(await keys(name)).toMatch(unknown);
  gateway.provide({});
  expect(await keys("aws")).toMatch(/^HTTP\/1\.1 503 .*"Code":"credential-not-ready"/s);
  gateway.provide({ aws: { kind: "text", text: "canary-of-another-kind" } });
  expect(await keys("aws")).toMatch(/^HTTP\/1\.1 502 .*"Code":"credential-unusable"/s);
  expect(await keys("aws")).not.toContain("canary");
});
