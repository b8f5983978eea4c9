import { expect, it } from "vitest";
import { shell } from "./support/containers.ts";
import { aProject } from "./support/project.ts";
import { fileScope } from "./support/scope.ts";
import { aWorld } from "./support/world.ts";

const HOST = "s3.us-east-1.amazonaws.com";
const REAL = { AccessKeyId: "AKIAREALKEYCANARY222", SecretAccessKey: "canary/7f3a51c09be24d6680b1de95c2a44f17" };

const scope = fileScope();

it("gives a sandbox keys by the endpoint that SDKs ask, and signs what they sign with the real ones", async () => {
  const world = await aWorld(scope, [HOST]);
  const rule = { name: "store", host: HOST, methods: ["PUT"], credential: "store", addresses: [world.range] };
  const plain = { name: "plain", host: "other.test" };
  const small = { memory: "512MiB" };
  const project = await aProject(
    scope,
    {
      agents: {
        coder: { egress: ["store"], resources: small },
        visitor: { egress: ["plain"], credentials: ["store"], resources: small },
      },
      credentials: { store: { provider: "aws" } },
      egress: { resolvers: [world.resolver], trust: "certs/vendor.pem", rules: [rule, plain] },
    },
    { files: { "certs/vendor.pem": world.certificate } },
  );
  const coop = async (words: readonly string[], input?: string): Promise<void> => {
    const ran = await project.coop(["credentials", ...words], input === undefined ? {} : { input });
    expect(ran.code, ran.text).toBe(0);
  };
  await coop(["init", "--key-file"]);
  await coop(["set", "store", "--kind", "aws"], JSON.stringify(REAL));
  await coop(["grant", "store"]);
  await project.apply();
  await world.join(project);
  await world.answers({ [HOST]: [world.server] });
  const sandbox = project.named("sandbox.coder.0");

  const script = `set -e
env | grep ^AWS_ | sort
keys=$(curl -sS -m 20 "$AWS_CONTAINER_CREDENTIALS_FULL_URI"); echo "$keys"
part() { echo "$keys" | sed 's/.*"'$1'":"\\([^"]*\\)".*/\\1/'; }
curl -sS -m 20 -X PUT --data two-apples --aws-sigv4 aws:amz:us-east-1:s3 --user "$(part AccessKeyId):$(part SecretAccessKey)" \\
  -H "x-amz-security-token: $(part Token)" -H 'x-amz-content-sha256: UNSIGNED-PAYLOAD' https://${HOST}/shop/orders`;
  const said = await shell(sandbox, script);
  expect(said).toContain("AWS_CONTAINER_CREDENTIALS_FULL_URI=http://127.0.0.1:3128/credentials/store\n");
  expect(said).not.toMatch(/AWS_ACCESS_KEY_ID|AWS_SECRET|canary/i);
  expect(said).toMatch(/"AccessKeyId":"AKIACOOP[A-Z2-7]{12}".*"Expiration":"20/);
  expect(said).toContain("stand-in /shop/orders");
  const [seen] = (await world.seen()).filter((each) => each.path === "/shop/orders");
  expect(seen?.headers).toContainEqual(
    expect.stringMatching(/^AWS4-HMAC-SHA256 Credential=AKIAREALKEYCANARY222\/\d{8}\/us-east-1\/s3\/aws4_request, /),
  );
  expect(JSON.stringify(seen)).not.toMatch(/AKIACOOP|security-token/);
  // Listed for it, and no rule of its own uses it: there is nothing that it could sign.
  const visitor = await shell(
    project.named("sandbox.visitor.0"),
    'curl -sS -m 20 "$AWS_CONTAINER_CREDENTIALS_FULL_URI"',
  );
  expect(visitor).toContain('"Code":"credential-unknown"');
});
