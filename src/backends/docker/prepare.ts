import { randomBytes } from "node:crypto";
import type Dockerode from "dockerode";
import { ENVIRONMENT_DIRECTORY } from "../../../compilers/container/preparation.ts";
import type { Preparation, SecretEntry, SecretPart } from "../../../compilers/container/preparation.ts";
import type { ContainerSpec } from "../../../compilers/container/resources.ts";
import { identityKey } from "../../gateway/identity.ts";
import { masterKey } from "./apply-policy.ts";
import { fillWorkspace } from "./fill-workspace.ts";
import type { Room } from "./fill-workspace.ts";
import type { Hands } from "./hands.ts";
import { ownerOf } from "./owner.ts";
import { homeFile, startScript } from "./start-script.ts";
import { ownVolume, readFile, readVolume, writeVolume } from "./volume-files.ts";
import type { VolumeFile } from "./volume-files.ts";

/** Brings the contents of a container's volumes into the state that its start needs. Idempotent, item by item. */
export async function prepare(hands: Hands, container: Dockerode.Container, spec: ContainerSpec): Promise<void> {
  // Volumes are opened with the container's own image, which is surely there: the project may need no other.
  const room: Room = { hands, container, access: (volume) => ({ project: hands.project, volume, image: spec.image }) };
  for (const item of spec.prepare) await prepareOne(room, item);
}

async function prepareOne(room: Room, item: Preparation): Promise<void> {
  const { hands, container, access } = room;
  switch (item.kind) {
    case "workspace":
      return fillWorkspace(room, item);
    case "owned":
      return ownVolume(hands.docker, access(item.volume), await ownerOf(container, item.user));
    case "identity":
      return writeIdentity(room, item);
    case "generated":
      return makeGenerated(room, item);
    case "environment":
      return writeEnvironment(room, item);
    case "trust":
      return fillTrust(room, item);
    case "guard":
      hands.report("watching the live tree");
      return hands.suppliers.guard(item, container.id);
  }
}

// The root stands for all of it: it is written last. Another root is another volume.
async function fillTrust({ hands, container }: Room, item: Extract<Preparation, { kind: "trust" }>): Promise<void> {
  if ((await readFile(container, `${item.target}/root.pem`)) !== null) return;
  const known = hands.filled.get(item.volume);
  if (known !== undefined) return known;
  const filling = writeTrust(hands, item.volume);
  hands.filled.set(item.volume, filling);
  filling.catch(() => hands.filled.delete(item.volume));
  return filling;
}

async function writeTrust(hands: Hands, volume: string): Promise<void> {
  const files = await hands.suppliers.trust();
  const inOrder = files.toSorted((a, b) => Number(a.path === "root.pem") - Number(b.path === "root.pem"));
  const entries = inOrder.map((each): VolumeFile => ({
    ...each,
    mode: each.path.endsWith("/") ? 0o755 : 0o444,
    uid: 0,
    gid: 0,
  }));
  // All sandboxes share it, so no image of theirs opens it.
  await writeVolume(hands.docker, { project: hands.project, volume, image: hands.plumbingImage }, entries);
}

async function writeIdentity({ hands, access }: Room, item: Extract<Preparation, { kind: "identity" }>): Promise<void> {
  const master = await masterKey(hands, item.policyVolume);
  const file = (path: string, bytes: Uint8Array | string): VolumeFile => ({
    path,
    bytes,
    mode: 0o400,
    uid: 65532,
    gid: 65532,
  });
  await writeVolume(hands.docker, access(item.volume), [
    file("identity", item.identity),
    file("key", identityKey(master, item.identity)),
    file("config.json", JSON.stringify(item.config)),
  ]);
}

async function makeGenerated(
  { hands, container, access }: Room,
  item: Extract<Preparation, { kind: "generated" }>,
): Promise<void> {
  const owner = await ownerOf(container, item.user);
  const missing: VolumeFile[] = [];
  for (const name of item.names) {
    if ((await readVolume(hands.docker, access(item.volume), name)) !== null) continue;
    // 32 characters of 62: 190 bits, and nothing that a URL, a shell or a configuration file would read as its own.
    missing.push({ path: name, bytes: password(32), mode: 0o400, ...owner });
  }
  if (missing.length > 0) await writeVolume(hands.docker, access(item.volume), missing);
}

async function writeEnvironment(room: Room, item: Extract<Preparation, { kind: "environment" }>): Promise<void> {
  const { hands, container, access } = room;
  const owner = await ownerOf(container, item.user);
  const values = new Map<string, string>();
  for (const entry of item.entries) values.set(entry.name, await valueOf(room, entry));
  await writeVolume(hands.docker, access(item.volume), [
    { path: "start", bytes: startScript(ENVIRONMENT_DIRECTORY, item.files), mode: 0o444, uid: 0, gid: 0 },
    ...item.files.map(({ content }, index) => ({
      path: homeFile(index),
      bytes: content,
      mode: 0o444,
      uid: 0,
      gid: 0,
    })),
    { path: "environment", bytes: shellAssignments(values), mode: 0o400, ...owner },
  ]);
}

async function valueOf(room: Room, entry: SecretEntry): Promise<string> {
  const texts: string[] = [];
  for (const part of entry.parts) {
    const text = await partText(room, part);
    texts.push(part.kind !== "text" && part.encode ? encodeURIComponent(text) : text);
  }
  return texts.join("");
}

async function partText({ hands, access }: Room, part: SecretPart): Promise<string> {
  switch (part.kind) {
    case "text":
      return part.text;
    case "generated": {
      const file = await readVolume(hands.docker, access(part.volume), part.name);
      if (file === null)
        throw new Error(`the password ${part.name} is not in ${part.volume}, although its service was made before`);
      return file.toString("utf8");
    }
    case "host":
    case "credential":
      return hands.suppliers.secret(part);
  }
}

/** Shell text that exports the variables; every value in single quotes, so that nothing in it is run. */
export function shellAssignments(values: ReadonlyMap<string, string>): string {
  return [...values].map(([name, value]) => `export ${name}='${value.replaceAll("'", "'\\''")}'\n`).join("");
}

function password(length: number): string {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  let text = "";
  // 248 = 4 × 62: bytes from there on would favour the first letters.
  while (text.length < length)
    for (const byte of randomBytes(64)) if (byte < 248 && text.length < length) text += alphabet[byte % 62] ?? "";
  return text;
}
