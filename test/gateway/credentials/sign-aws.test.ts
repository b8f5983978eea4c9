import { createHash } from "node:crypto";
import aws4 from "aws4";
import { describe, expect, it } from "vitest";
import {
  type CredentialRequest,
  type Settled,
  credentialStep,
} from "../../../src/gateway/credentials/credential-step.ts";
import { parseAwsSignature, signAws } from "../../../src/gateway/credentials/sign-aws.ts";
import type { SecretValue } from "../../../src/model/provider.ts";
import { BUILT_IN_PROVIDERS } from "../../../src/providers/provider-book.ts";
import { aCredential, aCredentialRequest } from "./support/requests.ts";

const PLACEHOLDER = "AKIACOOPPLACEHOLDER2";
const REAL = {
  kind: "aws",
  accessKeyId: "AKIDEXAMPLE",
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
  sessionToken: null,
} as const satisfies SecretValue;

const credential = aCredential(BUILT_IN_PROVIDERS.find("aws")?.places ?? [], PLACEHOLDER);

const authorization = (signed: string, scope = "us-east-1/s3", key = PLACEHOLDER): string =>
  `AWS4-HMAC-SHA256 Credential=${key}/20150830/${scope}/aws4_request, SignedHeaders=${signed}, Signature=${"0".repeat(64)}`;

function asked(difference: Partial<CredentialRequest>): CredentialRequest {
  const host = "bucket.s3.amazonaws.com";
  return aCredentialRequest({
    credential,
    value: REAL,
    host,
    authority: host,
    nowMs: Date.UTC(2015, 7, 30, 12, 36),
    ...difference,
  });
}

function headersOf(step: Settled): Readonly<Record<string, string>> {
  if (step.kind === "deny") throw new Error(`${step.code}: ${step.detail}`);
  return Object.fromEntries(
    step.rawHeaders.flatMap((name, at) => (at % 2 === 0 ? [[name.toLowerCase(), step.rawHeaders[at + 1] ?? ""]] : [])),
  );
}

describe("the signatures of AWS's own documentation", () => {
  it("of a query to IAM", () => {
    const signed = signAws(
      {
        method: "GET",
        authority: "iam.amazonaws.com",
        rawTarget: "/?Action=ListUsers&Version=2010-05-08",
        rawHeaders: ["Content-Type", "application/x-www-form-urlencoded; charset=utf-8"],
        body: null,
        nowMs: Date.UTC(2015, 7, 30, 12, 36),
      },
      { accessKeyId: "", region: "us-east-1", service: "iam", signedHeaders: ["content-type", "host", "x-amz-date"] },
      REAL,
    );
    expect(signed?.rawHeaders.at(-1)).toBe(
      "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, SignedHeaders=content-type;host;x-amz-date, Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7",
    );
  });

  it("of an object put into S3", () => {
    const signed = signAws(
      {
        method: "PUT",
        authority: "examplebucket.s3.amazonaws.com",
        rawTarget: "/test%24file.text",
        rawHeaders: [
          ...["Date", "Fri, 24 May 2013 00:00:00 GMT", "x-amz-storage-class", "REDUCED_REDUNDANCY"],
          ...["x-amz-content-sha256", "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072"],
        ],
        body: null,
        nowMs: Date.UTC(2013, 4, 24),
      },
      { accessKeyId: "", region: "us-east-1", service: "s3", signedHeaders: ["date", "host"] },
      { ...REAL, accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY" },
    );
    expect(signed?.rawHeaders.at(-1)).toContain(
      "Signature=98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd",
    );
  });
});

describe("a request of a client that holds the placeholder", () => {
  it("is signed again, with the real key and the gateway's time, in the bytes that were judged", () => {
    const rawHeaders = [
      ...["X-Amz-Date", "20010101T000000Z", "X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD", "User-Agent", "x"],
      ...["Authorization", authorization("host;x-amz-content-sha256;x-amz-date")],
    ];
    const step = credentialStep(asked({ method: "PUT", rawTarget: "/a%20b/c+d?x=1&y", rawHeaders, hasBody: true }));
    if (step.kind === "body-first") throw new Error("it need not be read");
    expect(step).toMatchObject({ kind: "send", rawTarget: "/a%20b/c+d?x=1&y" });
    expect(headersOf(step)).toEqual({
      "x-amz-content-sha256": "UNSIGNED-PAYLOAD",
      "user-agent": "x",
      "x-amz-date": "20150830T123600Z",
      authorization: expect.stringMatching(
        /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/20150830\/us-east-1\/s3\/aws4_request, SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature=[0-9a-f]{64}$/,
      ) as unknown,
    });
    expect(JSON.stringify(step)).not.toContain(PLACEHOLDER);
  });

  it("carries the real session token, also where it is not signed by the client", () => {
    const value = { ...REAL, sessionToken: "real-session" };
    const rawHeaders = ["X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD", "Authorization", authorization("host")];
    const step = credentialStep(asked({ value, rawHeaders }));
    if (step.kind === "body-first") throw new Error("it need not be read");
    const { authorization: signed = "", "x-amz-security-token": token } = headersOf(step);
    expect(token).toBe("real-session");
    expect(signed).toContain("SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-amz-security-token,");
  });

  it("has its body read where the signature is over its hash", () => {
    const rawHeaders = [
      "Content-Type",
      "application/json",
      "Authorization",
      authorization("content-type;host", "eu-west-1/dynamodb"),
    ];
    const step = credentialStep(asked({ method: "POST", rawHeaders, hasBody: true }));
    if (step.kind !== "body-first") throw new Error("it must be read");
    const body = Buffer.from('{"TableName":"t"}');
    const headers = headersOf(step.step(body));
    const hash = createHash("sha256").update(body).digest("hex");
    expect(headers["x-amz-content-sha256"]).toBe(hash);
    // As another program of the same rules signs the whole request.
    const { "content-type": type = "", "x-amz-date": date = "" } = headers;
    const other = new aws4.RequestSigner(
      {
        service: "dynamodb",
        region: "eu-west-1",
        method: "POST",
        path: "/v1",
        headers: {
          Host: "bucket.s3.amazonaws.com",
          "Content-Type": type,
          "X-Amz-Date": date,
          "X-Amz-Content-Sha256": hash,
        },
      },
      { accessKeyId: REAL.accessKeyId, secretAccessKey: REAL.secretAccessKey },
    );
    expect(headers["authorization"]).toBe(other.sign().headers?.["Authorization"]);
  });

  it("is not read where it has no body", () => {
    const step = credentialStep(asked({ rawHeaders: ["Authorization", authorization("host", "us-east-1/sts")] }));
    expect(step.kind).toBe("send");
  });
});

describe("a request that is refused", () => {
  it.for([
    ["another key", ["Authorization", authorization("host", "us-east-1/s3", "AKIAATTACKER")], "client-credential"],
    ["no signature", ["X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD"], "signature-refused"],
    ["the placeholder as it stands", ["Authorization", `Bearer ${PLACEHOLDER}`], "signature-refused"],
    ["an older signature", ["Authorization", `AWS ${PLACEHOLDER}:abc`], "client-credential"],
    [
      "a token of its own",
      ["X-Amz-Security-Token", "mine", "Authorization", authorization("host")],
      "client-credential",
    ],
    [
      "chunks that are signed by another method",
      ["X-Amz-Content-Sha256", "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD", "Authorization", authorization("host")],
      "signature-refused",
    ],
    ["two signatures", ["Authorization", authorization("host"), "Authorization", "Bearer mine"], "client-credential"],
  ] as const)("has %s", ([, rawHeaders, code]) => {
    expect(credentialStep(asked({ rawHeaders: [...rawHeaders], hasBody: true }))).toMatchObject({ kind: "deny", code });
  });

  it.for(["/x?X-Amz-Credential=AKIAATTACKER%2F20150830&X-Amz-Signature=00", "/x?AWSAccessKeyId=A&Signature=b"])(
    "is signed in its target: %s",
    (rawTarget) => {
      expect(credentialStep(asked({ rawTarget }))).toMatchObject({ kind: "deny", code: "client-credential" });
    },
  );

  it("has a value of another kind", () => {
    const rawHeaders = ["Authorization", authorization("host")];
    expect(credentialStep(asked({ value: { kind: "text", text: "x" }, rawHeaders }))).toMatchObject({
      kind: "deny",
      code: "credential-unusable",
    });
  });
});

it.for([
  "AWS4-HMAC-SHA256 Credential=A/20150830/r/s/aws4_request,SignedHeaders=host,Signature=0",
  `AWS4-ECDSA-P256-SHA256 ${authorization("host").slice(17)}`,
  authorization("host", "us east/s3"),
  authorization("host", "../s3"),
])("reads nothing into %s", (text) => {
  expect(parseAwsSignature(text)).toBe(null);
});
