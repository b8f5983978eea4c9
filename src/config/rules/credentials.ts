import type { CredentialEntry } from "../../../schema/coop-file.gen.ts";
import { diagnostic } from "../../diagnostics/catalog.ts";
import type { Diagnostic } from "../../diagnostics/diagnostic.ts";
import { hostKey, hostsOverlap } from "../host-overlap.ts";
import { parseHost } from "../host-pattern.ts";
import { parseSource } from "../normalize/credential.ts";
import type { Places } from "../places.ts";
import type { Rule } from "./rule.ts";

/** Headers that steer the request itself. */
const STEERING = new Set([
  "host",
  "connection",
  "content-length",
  "transfer-encoding",
  "te",
  "trailer",
  "upgrade",
  "expect",
  "cookie",
]);

/** A credential says what it is and where its value comes from, and goes only where it may. */
export const credentials: Rule = (file, { places, rules }) => {
  const found: Diagnostic[] = [];
  for (const [name, entry] of Object.entries(file.credentials ?? {})) {
    found.push(
      ...kindProblems(entry, places.key(file.credentials ?? {}, name), places),
      ...sourceProblems(entry, places),
      ...hostProblems(entry, places),
    );
  }
  for (const written of file.egress?.rules ?? []) {
    const rule = rules.get(written);
    const entry =
      file.credentials !== undefined && Object.hasOwn(file.credentials, written.credential ?? "")
        ? file.credentials[written.credential ?? ""]
        : undefined;
    if (rule === undefined || entry?.hosts === undefined || written.credential === undefined) continue;
    const patterns = entry.hosts.flatMap((host) => {
      const parsed = parseHost(host);
      return parsed.ok ? [parsed.host] : [];
    });
    const within = patterns.some(
      (each) => hostKey(each) === hostKey(rule.host) || (rule.host.kind === "exact" && hostsOverlap(each, rule.host)),
    );
    if (within || patterns.length < entry.hosts.length) continue;
    found.push(
      diagnostic(
        "CredentialForOtherHost",
        { credential: written.credential, hosts: entry.hosts },
        places.value(written, "credential"),
      ),
    );
  }
  return found;
};

function kindProblems(entry: CredentialEntry, span: ReturnType<Places["key"]>, places: Places): readonly Diagnostic[] {
  const problem = (why: string, mend: string): Diagnostic => diagnostic("ProviderOrHeader", { why, mend }, span);
  if (entry.provider !== undefined && entry.header !== undefined) {
    return [
      problem("has a built-in provider and a header of its own", "Keep `provider`, or keep `header` with `hosts`."),
    ];
  }
  if (entry.provider === undefined && entry.header === undefined) {
    return [
      problem(
        "says neither whose it is nor which header carries it",
        "Add `provider: github`, or `header` and `hosts`.",
      ),
    ];
  }
  if (entry.header === undefined) return [];
  const { header } = entry;
  const why = !/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/u.test(header)
    ? "it is no header's name"
    : STEERING.has(header.toLowerCase())
      ? "it steers the request itself"
      : null;
  const bad = why === null ? [] : [diagnostic("InvalidHeader", { header, why }, places.value(entry, "header"))];
  return entry.hosts === undefined
    ? [
        ...bad,
        problem("has a header but no hosts that it may go to", "Add `hosts: [build.corp]`, or whichever are meant."),
      ]
    : bad;
}

function sourceProblems(entry: CredentialEntry, places: Places): readonly Diagnostic[] {
  if (entry.from === undefined || parseSource(entry.from) !== null) return [];
  const scheme = /^(?:file|exec|cmd|command|sh):/u.exec(entry.from)?.[0];
  const span = places.value(entry, "from");
  return [
    scheme === undefined
      ? diagnostic("InvalidSource", { source: entry.from }, span)
      : diagnostic("SourceRefused", { scheme }, span),
  ];
}

function hostProblems(entry: CredentialEntry, places: Places): readonly Diagnostic[] {
  return (entry.hosts ?? []).flatMap((host, at) => {
    if (parseHost(host).ok) return [];
    const facts = {
      host,
      why: "a credential goes to names",
      mend: "Write a name such as `build.corp`, or `*.corp.example`.",
    };
    return [diagnostic("InvalidHost", facts, places.value(entry.hosts ?? [], at))];
  });
}

/** A credential that nothing uses is a secret too many. */
export const unusedCredentials: Rule = (file, { agents, places, services }) => {
  const used = new Set<string>((file.egress?.rules ?? []).flatMap((rule) => rule.credential ?? []));
  for (const { entry } of agents) for (const name of entry.credentials ?? []) used.add(name);
  for (const { entry } of [...agents, ...services]) {
    if (entry.environment === undefined) continue;
    for (const value of Object.values(entry.environment)) {
      if (typeof value === "object" && value.credential !== undefined) used.add(value.credential);
    }
  }
  return Object.keys(file.credentials ?? {})
    .filter((name) => !used.has(name))
    .map((name) => diagnostic("UnusedCredential", { name }, places.key(file.credentials ?? {}, name)));
};
