import { objectOf, oneOf, recordOf, ShapeError, textOf } from "../diagnostics/json-shape.ts";
import type { HostPattern } from "../model/model.ts";
import { canonicalHost, hostText } from "./canonical-host.ts";

/** A host pattern in JSON, canonical or refused. */
export function hostPatternOf(value: unknown, at: string): HostPattern {
  const kind = oneOf(recordOf(value, at)["kind"], `${at}.kind`, ["exact", "one-label", "any-depth", "address"]);
  switch (kind) {
    case "exact":
      return { kind, name: nameOf(objectOf(value, at, ["kind", "name"]).name, `${at}.name`) };
    case "one-label":
    case "any-depth":
      return { kind, suffix: nameOf(objectOf(value, at, ["kind", "suffix"]).suffix, `${at}.suffix`) };
    case "address":
      return { kind, address: addressOf(objectOf(value, at, ["kind", "address"]).address, `${at}.address`) };
  }
}

/** A host name in JSON, canonical or refused. */
export function nameOf(value: unknown, at: string): string {
  const name = textOf(value, at, 253);
  const host = canonicalHost(name);
  if (host.kind !== "name" || host.name !== name) throw new ShapeError(at, "a host name in canonical spelling");
  return name;
}

function addressOf(value: unknown, at: string): string {
  const address = textOf(value, at, 64);
  const host = canonicalHost(address);
  if (host.kind !== "address" || hostText(host) !== address)
    throw new ShapeError(at, "an IP address in canonical spelling");
  return address;
}
