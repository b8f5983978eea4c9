import { domainToASCII } from "node:url";
import ipaddr from "ipaddr.js";

/** What a client's spelling of a host means. A name is lower-case ASCII without a trailing dot; an address is in its one canonical spelling. */
export type CanonicalHost =
  | { readonly kind: "name"; readonly name: string }
  | { readonly kind: "address"; readonly address: string }
  | { readonly kind: "invalid"; readonly reason: string };

/**
 * The one place where a host's spelling is read. Every spelling that some resolver takes for an IP address (short,
 * decimal, hex, octal, IPv6, mapped) is an address, or invalid; never a name.
 */
export function canonicalHost(raw: string): CanonicalHost {
  if (raw.length === 0 || raw.length > 1024) return invalid("empty or too long");
  if (raw.includes(":") || raw.startsWith("[")) return ipv6Host(raw);
  if (!/^[a-zA-Z0-9.\-\u0080-\u{10FFFF}]+$/u.test(raw)) return invalid("a character that no host name has");
  const ascii = toAscii(raw);
  const name = ascii.endsWith(".") ? ascii.slice(0, -1) : ascii;
  if (!/^[a-z0-9.-]+$/.test(name)) return invalid("not a host name");
  if (name.length > 253) return invalid("longer than 253 characters");
  const labels = name.split(".");
  if (labels.some((label) => label.length === 0)) return invalid("an empty label");
  if (labels.some((label) => label.length > 63)) return invalid("a label longer than 63 characters");
  if (/^(?:0x[0-9a-f]*|[0-9]+)$/.test(labels.at(-1) ?? "")) return ipv4Host(labels);
  return { kind: "name", name };
}

/** The canonical text of a host, or null when it is invalid. */
export function hostText(host: CanonicalHost): string | null {
  if (host.kind === "invalid") return null;
  return host.kind === "name" ? host.name : host.address;
}

function toAscii(raw: string): string {
  return /^[\u0000-\u007f]*$/.test(raw) ? raw.toLowerCase() : domainToASCII(raw);
}

function ipv6Host(raw: string): CanonicalHost {
  const inner = raw.startsWith("[") && raw.endsWith("]") ? raw.slice(1, -1) : raw;
  if (!/^[0-9a-fA-F:.]+$/.test(inner) || !ipaddr.IPv6.isValid(inner)) return invalid("not an IPv6 address");
  const address = ipaddr.IPv6.parse(inner);
  return {
    kind: "address",
    address: address.isIPv4MappedAddress() ? address.toIPv4Address().toString() : address.toString(),
  };
}

/** inet_aton's reading: one to four numbers, the last of which fills the remaining bytes. */
function ipv4Host(labels: readonly string[]): CanonicalHost {
  const numbers = labels.map((label) => ipv4Number(label));
  const last = numbers.at(-1);
  const leading = numbers.slice(0, -1);
  if (numbers.length > 4 || last === undefined || last === null) return invalid("looks like an IP address and is none");
  if (last >= 256 ** (4 - leading.length)) return invalid("looks like an IP address and is none");
  let value = last;
  for (const [index, number] of leading.entries()) {
    if (number === null || number > 255) return invalid("looks like an IP address and is none");
    value += number * 256 ** (3 - index);
  }
  return { kind: "address", address: [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join(".") };
}

function ipv4Number(label: string): number | null {
  if (/^0x[0-9a-f]*$/.test(label)) return label.length > 12 ? null : Number.parseInt(label.slice(2) || "0", 16);
  if (/^0[0-7]*$/.test(label)) return label.length > 14 ? null : Number.parseInt(label, 8);
  return /^[1-9][0-9]{0,10}$/.test(label) ? Number.parseInt(label, 10) : null;
}

function invalid(reason: string): CanonicalHost {
  return { kind: "invalid", reason };
}
