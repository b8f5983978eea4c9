import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { IDENTITY, IDENTITY_LIMIT, KEY_BYTES } from "../identity.ts";
import { listOf, objectOf, oneOf, portOf, readShape, recordOf, textOf } from "../../diagnostics/json-shape.ts";

/** What a forwarder is there for. Written by apply as `config.json` beside the key. */
export type ForwarderConfig =
  /** In a sandbox's or service's network namespace: proxy, names, the ports that it serves to others, second numbers. */
  | { readonly kind: "sandbox"; readonly serves: readonly number[]; readonly aliases?: readonly PortAlias[] }
  /** On a network with published ports: each leads to a parked server. */
  | { readonly kind: "publisher"; readonly publishes: readonly Published[] }
  /** In the host's network namespace: offers fixed loopback ports of the host. */
  | { readonly kind: "relay"; readonly serves: readonly number[] };

export interface Published {
  /** Where this container listens. */
  readonly listen: number;
  readonly identity: string;
  readonly port: number;
}

/** A port of the namespace that also answers under another number. */
export interface PortAlias {
  readonly listen: number;
  readonly port: number;
}

/** Who a forwarder is, and what for. */
export interface ForwarderIdentity {
  readonly identity: string;
  readonly key: Buffer;
  readonly config: ForwarderConfig;
}

/** Reads `identity`, `key` and `config.json`; throws with the reason when they are not whole. */
export async function readForwarderIdentity(directory: string): Promise<ForwarderIdentity> {
  const [identity, key, config] = await Promise.all([
    readFile(join(directory, "identity"), "utf8"),
    readFile(join(directory, "key")),
    readFile(join(directory, "config.json"), "utf8"),
  ]);
  if (key.length !== KEY_BYTES)
    throw new Error(`${join(directory, "key")} has ${key.length} bytes instead of ${KEY_BYTES}`);
  const read = readShape(() => ({
    identity: textOf(identity.trim(), "identity", IDENTITY_LIMIT, IDENTITY),
    config: forwarderConfigOf(JSON.parse(config)),
  }));
  if (!read.ok) throw new Error(`${directory}: ${read.reason}`);
  return { ...read.value, key };
}

function forwarderConfigOf(value: unknown): ForwarderConfig {
  const kind = oneOf(recordOf(value, "config")["kind"], "config.kind", ["sandbox", "publisher", "relay"]);
  switch (kind) {
    case "sandbox": {
      const { aliases, ...rest } = recordOf(value, "config");
      const serves = listOf(objectOf(rest, "config", ["kind", "serves"]).serves, "config.serves", portOf);
      return aliases === undefined
        ? { kind, serves }
        : { kind, serves, aliases: listOf(aliases, "config.aliases", aliasOf) };
    }
    case "relay":
      return { kind, serves: listOf(objectOf(value, "config", ["kind", "serves"]).serves, "config.serves", portOf) };
    case "publisher":
      return {
        kind,
        publishes: listOf(objectOf(value, "config", ["kind", "publishes"]).publishes, "config.publishes", publishedOf),
      };
  }
}

function aliasOf(value: unknown, at: string): PortAlias {
  const { listen, port } = objectOf(value, at, ["listen", "port"]);
  return { listen: portOf(listen, `${at}.listen`), port: portOf(port, `${at}.port`) };
}

function publishedOf(value: unknown, at: string): Published {
  const fields = objectOf(value, at, ["listen", "identity", "port"]);
  const identity = textOf(fields.identity, `${at}.identity`, IDENTITY_LIMIT, IDENTITY);
  return { listen: portOf(fields.listen, `${at}.listen`), identity, port: portOf(fields.port, `${at}.port`) };
}
