import { diagnostic } from "../../diagnostics/catalog.ts";
import type { Diagnostic } from "../../diagnostics/diagnostic.ts";
import type { SourceSpan } from "../../diagnostics/source-span.ts";
import { refusedAddress } from "../address-ranges.ts";
import { parseHost } from "../host-pattern.ts";
import type { HostProblem } from "../host-pattern.ts";
import { broadWildcard } from "../public-suffix.ts";
import type { Rule } from "./rule.ts";

/** A rule's host is a name, a wildcard below somebody's own name, or a plain address with its ports. */
export const hosts: Rule = (file, { places, rules }) => {
  const found: Diagnostic[] = [];
  for (const written of file.egress?.rules ?? []) {
    const span = places.value(written, "host");
    const parsed = parseHost(written.host);
    if (!parsed.ok) {
      found.push(hostProblem(written.host, parsed.problem, span));
      continue;
    }
    const { host } = parsed;
    if (host.kind === "address") {
      const why = refusedAddress(host.address);
      if (why !== null) found.push(diagnostic("AddressRefused", { address: host.address, why }, span));
      if (written.ports === undefined) found.push(diagnostic("AddressNeedsPorts", { address: host.address }, span));
    }
    if (host.kind === "one-label" || host.kind === "any-depth") {
      const why = broadWildcard(host.suffix, (rules.get(written)?.addresses.length ?? 0) > 0);
      if (why !== null) found.push(diagnostic("WildcardTooBroad", { host: written.host, why }, span));
    }
  }
  return found;
};

function hostProblem(host: string, problem: HostProblem, span: SourceSpan): Diagnostic {
  const invalid = (why: string, mend: string): Diagnostic => diagnostic("InvalidHost", { host, why, mend }, span);
  switch (problem.kind) {
    case "bare-wildcard":
      return diagnostic("WildcardTooBroad", { host, why: "it is every name there is" }, span);
    case "wildcard-inside":
      return invalid("a wildcard stands only in front, for whole labels", "Write `*.example.com` or `**.example.com`.");
    case "wildcard-of-address":
      return invalid(
        "a wildcard cannot stand for addresses",
        "Write the address itself, or `addresses` for a private network.",
      );
    case "url":
      return invalid("it is a URL", `Write \`host: ${problem.host}\`${portMend(problem.port)}; paths go to \`paths\`.`);
    case "with-port":
      return invalid("it has a port", `Write \`host: ${problem.host}\`${portMend(problem.port)}.`);
    case "with-path":
      return invalid("it has a path", `Write \`host: ${problem.host}\`; paths go to \`paths\`.`);
    case "address-spelling":
      return diagnostic("AddressSpelling", { written: host, canonical: problem.canonical }, span);
    case "leading-dot":
      return invalid(
        "it begins with a dot",
        `Write \`**${host}\` for the names below it; the name itself is a rule of its own.`,
      );
    case "invalid-name":
      return invalid("it is no DNS name", "Use letters, digits, `-` and dots; labels have at most 63 characters.");
  }
}

function portMend(port: number | null): string {
  return port === null ? "" : ` and \`ports: [${port}]\``;
}
