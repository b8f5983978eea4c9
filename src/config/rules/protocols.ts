import type { RuleEntry } from "../../../schema/coop-file.gen.ts";
import { diagnostic } from "../../diagnostics/catalog.ts";
import type { Diagnostic } from "../../diagnostics/diagnostic.ts";
import type { FileIndex } from "../file-index.ts";
import type { Rule } from "./rule.ts";

const MATCHERS = ["methods", "paths", "query"] as const;

/** What a rule asks of its requests can be asked in its protocol. */
export const protocols: Rule = (file, index) =>
  (file.egress?.rules ?? []).flatMap((written) => problemsOf(written, index));

function problemsOf(written: RuleEntry, { places }: FileIndex): readonly Diagnostic[] {
  const found: Diagnostic[] = [];
  const ports = written.ports ?? [];
  const protocol = written.protocol ?? (ports.length > 0 && ports.every((port) => port === 80) ? "http" : "https");
  if (written.protocol === undefined && protocol === "https" && ports.includes(80)) {
    found.push(diagnostic("MixedProtocols", {}, places.value(written, "ports")));
  }
  if (protocol === "tcp" && written.ports === undefined)
    found.push(diagnostic("PortsNeeded", {}, places.value(written, "protocol")));
  const unread = unreadBecause(written, protocol);
  if (unread !== null) {
    for (const field of MATCHERS) {
      if (written[field] === undefined) continue;
      const mend = `Remove \`${field}\`, or let the gateway read the requests.`;
      found.push(diagnostic("NotReadable", { field, why: unread, mend }, places.key(written, field)));
    }
  }
  const exposed = protocol === "http" ? "http carries it readable for everyone on the way" : unread;
  if (written.credential !== undefined && exposed !== null) {
    found.push(diagnostic("CredentialExposed", { why: exposed }, places.key(written, "credential")));
  }
  if (written.tls !== undefined && protocol !== "https") {
    const facts = { field: "tls", why: `the rule speaks ${protocol}`, mend: "Remove `tls`." };
    found.push(diagnostic("NotReadable", facts, places.key(written, "tls")));
  }
  if (written.override === "client" && written.credential === undefined) {
    found.push(
      diagnostic(
        "HasNoEffect",
        { field: "override", why: "the rule injects no credential" },
        places.key(written, "override"),
      ),
    );
  }
  return found;
}

function unreadBecause(written: RuleEntry, protocol: string): string | null {
  if (protocol === "tcp") return "`protocol: tcp` carries bytes that nobody reads";
  return protocol === "https" && written.tls === "tunnel" ? "`tls: tunnel` carries TLS that nobody reads" : null;
}
