import { randomBytes } from "node:crypto";
import type { PolicySpec } from "../../../compilers/container/resources.ts";
import { canonicalJson } from "../../graph/digest.ts";
import type { Resource } from "../../graph/resource.ts";
import { KEY_BYTES } from "../../gateway/identity.ts";
import { policyDigest } from "../../gateway/policy.ts";
import { engineFind } from "./engine-errors.ts";
import type { Hands } from "./hands.ts";
import { untilInForce } from "./ready.ts";
import { readVolume, writeVolume } from "./volume-files.ts";

const MASTER = "identity.key";
export const POLICY_FILE = "policy.json";
/** What the rules were made from: tells an edit of the file from somebody's hand in the volume. */
export const POLICY_DIGEST_FILE = "policy.digest";

/** Writes the rules beside the master key, made once, and waits until a running gateway obeys them. */
export async function applyPolicy(hands: Hands, desired: Resource<"policy", PolicySpec>): Promise<void> {
  const { spec, digest } = desired;
  hands.report("writing the rules");
  const access = { project: hands.project, volume: spec.volume, image: hands.plumbingImage };
  const known = await readVolume(hands.docker, access, MASTER);
  const files = [
    ...(known === null ? [{ path: MASTER, bytes: randomBytes(KEY_BYTES), mode: 0o400, uid: 65532, gid: 65532 }] : []),
    { path: POLICY_FILE, bytes: canonicalJson(spec.policy), mode: 0o444, uid: 0, gid: 0 },
    { path: POLICY_DIGEST_FILE, bytes: digest, mode: 0o444, uid: 0, gid: 0 },
  ];
  await writeVolume(hands.docker, access, files);
  const gateway = hands.docker.getContainer(spec.gateway);
  const report = await engineFind(`inspect "${spec.gateway}"`, () => gateway.inspect());
  if (report?.State.Running !== true || report.State.Paused) return;
  hands.report("swapping the rules");
  await gateway.kill({ signal: "SIGHUP" });
  await untilInForce(hands, gateway, policyDigest(spec.policy), 20_000);
}

/** The key that every sandbox's key is derived from; made with the rules, before any forwarder. */
export function masterKey(hands: Hands, volume: string): Promise<Buffer> {
  const known = hands.masterKeys.get(volume);
  if (known !== undefined) return known;
  const reading = readMasterKey(hands, volume);
  hands.masterKeys.set(volume, reading);
  reading.catch(() => hands.masterKeys.delete(volume));
  return reading;
}

async function readMasterKey(hands: Hands, volume: string): Promise<Buffer> {
  const key = await readVolume(hands.docker, { project: hands.project, volume, image: hands.plumbingImage }, MASTER);
  if (key?.length !== KEY_BYTES) throw new Error(`the volume ${volume} holds no key of ${KEY_BYTES} bytes`);
  return key;
}
