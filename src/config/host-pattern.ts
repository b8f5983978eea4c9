import { isIP } from "node:net";
import { domainToASCII } from "node:url";
import ipaddr from "ipaddr.js";
import type { HostPattern } from "../model/model.ts";

/** What is wrong with the text of a host; each is worded in the catalogue. */
export type HostProblem =
  | { readonly kind: "bare-wildcard" }
  | { readonly kind: "wildcard-inside" }
  | { readonly kind: "wildcard-of-address" }
  | { readonly kind: "url"; readonly host: string; readonly port: number | null }
  | { readonly kind: "with-port"; readonly host: string; readonly port: number }
  | { readonly kind: "with-path"; readonly host: string }
  | { readonly kind: "address-spelling"; readonly canonical: string }
  | { readonly kind: "leading-dot" }
  | { readonly kind: "invalid-name" };

export type ParsedHost =
  | { readonly ok: true; readonly host: HostPattern }
  | { readonly ok: false; readonly problem: HostProblem };

/** Reads a rule's host into its one canonical form. */
export function parseHost(written: string): ParsedHost {
  const shape = foreignShape(written);
  if (shape !== null) return { ok: false, problem: shape };
  const wildcard = /^(\*\*?)(?:\.|$)/u.exec(written);
  if (wildcard !== null) {
    const suffix = written.slice(wildcard[0].length);
    if (suffix === "") return { ok: false, problem: { kind: "bare-wildcard" } };
    if (suffix.includes("*")) return { ok: false, problem: { kind: "wildcard-inside" } };
    if (addressOf(suffix) !== null) return { ok: false, problem: { kind: "wildcard-of-address" } };
    const name = canonicalName(suffix);
    if (name === null) return { ok: false, problem: { kind: "invalid-name" } };
    return { ok: true, host: { kind: wildcard[1] === "*" ? "one-label" : "any-depth", suffix: name } };
  }
  if (written.includes("*")) return { ok: false, problem: { kind: "wildcard-inside" } };
  if (written.startsWith(".")) return { ok: false, problem: { kind: "leading-dot" } };
  const address = addressOf(written);
  if (address !== null) {
    const plain = address === written.toLowerCase();
    return plain
      ? { ok: true, host: { kind: "address", address } }
      : { ok: false, problem: { kind: "address-spelling", canonical: address } };
  }
  const name = canonicalName(written);
  return name === null ? { ok: false, problem: { kind: "invalid-name" } } : { ok: true, host: { kind: "exact", name } };
}

/** Lower case, punycode, no trailing dot; null for what no DNS name can be. */
export function canonicalName(written: string): string | null {
  const name = domainToASCII(written.replace(/\.$/u, "")).toLowerCase();
  // The URL rules behind domainToASCII let more through than DNS does, and read addresses.
  if (name === "" || name.length > 253 || !/^[a-z0-9.-]+$/u.test(name)) return null;
  const labels = name.split(".");
  return labels.every((label) => label.length <= 63 && /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/u.test(label)) ? name : null;
}

/** The canonical spelling of whatever some program reads as an address: hex, octal, short, one number, v6, mapped. */
export function addressOf(written: string): string | null {
  const bare = written.replace(/^\[(.*)\]$/u, "$1").replace(/\.$/u, "");
  if (isIP(bare) === 6 || bare.includes(":")) {
    if (!ipaddr.IPv6.isValid(bare)) return null;
    const address = ipaddr.IPv6.parse(bare.replace(/%.*$/u, ""));
    return address.isIPv4MappedAddress() ? address.toIPv4Address().toString() : address.toRFC5952String();
  }
  // `domainToASCII` applies the URL rules, by which `0x7f.1`, `017700000001` and fullwidth digits are addresses.
  const read = domainToASCII(bare);
  return isIP(read) === 4 ? read : null;
}

function foreignShape(written: string): HostProblem | null {
  const url = /^[a-z][a-z0-9+.-]*:\/\/([^/?#]*)/iu.exec(written);
  if (url !== null) {
    const [, host, port] = /^(.*?)(?::(\d+))?$/u.exec(url[1]?.replace(/^.*@/u, "") ?? "") ?? [];
    return { kind: "url", host: host ?? "", port: port === undefined ? null : Number(port) };
  }
  const path = /^([^/]*)\//u.exec(written);
  if (path !== null) return { kind: "with-path", host: path[1] ?? "" };
  const port = /^([^:[\]]+|\[[^\]]*\]):(\d+)$/u.exec(written);
  return port === null ? null : { kind: "with-port", host: port[1] ?? "", port: Number(port[2]) };
}
