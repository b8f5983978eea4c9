import { randomBytes } from "node:crypto";
import type Dockerode from "dockerode";
import type { PolicySpec } from "../../../compilers/container/resources.ts";
import { canonicalJson } from "../../graph/digest.ts";
import type { Resource } from "../../graph/resource.ts";
import { KEY_BYTES } from "../../gateway/identity.ts";
import { policyDigest } from "../../gateway/policy.ts";
import { engineCall, engineFind } from "./engine-errors.ts";
import type { Hands } from "./hands.ts";
import { isOwnReport } from "./own-object.ts";
import { untilInForce } from "./ready.ts";
import { readFile, readVolume, writeVolume } from "./volume-files.ts";

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
  // By the engine's clock: only what the gateway says after this is about these rules.
  const information: { readonly SystemTime: string } = await engineCall("tell its time", () => hands.docker.info());
  const files = [
    ...(known === null ? [{ path: MASTER, bytes: randomBytes(KEY_BYTES), mode: 0o400, uid: 65532, gid: 65532 }] : []),
    { path: POLICY_FILE, bytes: canonicalJson(spec.policy), mode: 0o444, uid: 0, gid: 0 },
    { path: POLICY_DIGEST_FILE, bytes: digest, mode: 0o444, uid: 0, gid: 0 },
  ];
  await writeVolume(hands.docker, access, files);
  const gateway = hands.docker.getContainer(spec.gateway);
  const report = await engineFind(`inspect "${spec.gateway}"`, () => gateway.inspect());
  if (report?.State.Running !== true || report.State.Paused) return;
  // Its name may be somebody else's, whom no signal of ours must reach.
  if (!isOwnReport(hands.project, report)) return;
  hands.report("swapping the rules");
  const wanted = policyDigest(spec.policy);
  // Rules that it never left are not announced again.
  if ((await digestInForce(gateway)) === wanted) return;
  await engineCall(`tell "${spec.gateway}" of its rules`, () => gateway.kill({ signal: "SIGHUP" }));
  const since = information.SystemTime;
  await untilInForce(hands, gateway, { name: spec.gateway, timeoutMs: 20_000, digest: wanted, since });
}

async function digestInForce(gateway: Dockerode.Container): Promise<string | null> {
  const file = await readFile(gateway, "/run/coop/in-force.json");
  const state: { readonly digest?: unknown } = file === null ? {} : JSON.parse(file.toString("utf8"));
  return typeof state.digest === "string" ? state.digest : null;
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
