import ipaddr from "ipaddr.js";
import { isIP } from "node:net";
import { diagnostic } from "../../diagnostics/catalog.ts";
import type { Diagnostic } from "../../diagnostics/diagnostic.ts";
import type { SourceSpan } from "../../diagnostics/source-span.ts";
import { refusedNetwork } from "../address-ranges.ts";
import { parseResolver } from "../resolver.ts";
import type { Rule } from "./rule.ts";

/** `addresses` are networks in CIDR form that can be opened; `resolvers` are addresses. */
export const addresses: Rule = (file, { places }) => {
  const found: Diagnostic[] = [];
  for (const rule of file.egress?.rules ?? []) {
    for (const [at, text] of (rule.addresses ?? []).entries()) {
      const problem = networkProblem(text, places.value(rule.addresses ?? [], at));
      if (problem !== null) found.push(problem);
    }
  }
  for (const [at, text] of (file.egress?.resolvers ?? []).entries()) {
    const mend = parseResolver(text);
    if (mend !== null)
      found.push(
        diagnostic("InvalidResolver", { written: text, mend }, places.value(file.egress?.resolvers ?? [], at)),
      );
  }
  return found;
};

function networkProblem(written: string, span: SourceSpan): Diagnostic | null {
  const invalid = (mend: string): Diagnostic => diagnostic("InvalidNetwork", { written, mend }, span);
  const [, address, length] = /^([^/]*)(?:\/(\d{1,3}))?$/u.exec(written) ?? [];
  const kind = address === undefined || address.includes("%") ? 0 : isIP(address);
  if (address === undefined || kind === 0) return invalid("Write a network such as `10.2.0.0/16`.");
  const whole = kind === 4 ? 32 : 128;
  if (length === undefined) return invalid(`Write \`${address}/${whole}\` for this one address.`);
  const bits = Number(length);
  if (bits > whole) return invalid(`A prefix has at most ${whole} bits.`);
  const network = networkOf(address, bits);
  if (network !== written) return invalid(`Write \`${network}\`.`);
  const why = refusedNetwork(address, bits);
  return why === null ? null : diagnostic("AddressRefused", { address: written, why }, span);
}

/** The network's own address in its canonical spelling: no bits behind the prefix. */
function networkOf(address: string, bits: number): string {
  const parsed = ipaddr.parse(address);
  if (parsed instanceof ipaddr.IPv6 && parsed.isIPv4MappedAddress() && bits >= 96) {
    return networkOf(parsed.toIPv4Address().toString(), bits - 96);
  }
  const bytes = parsed
    .toByteArray()
    .map((byte, at) => byte & (0xff00 >> Math.max(0, Math.min(8, bits - at * 8))) & 0xff);
  return `${ipaddr.fromByteArray(bytes).toString()}/${bits}`;
}
