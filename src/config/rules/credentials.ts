import type { CredentialEntry } from "../../../schema/coop-file.gen.ts";
import { diagnostic } from "../../diagnostics/catalog.ts";
import type { Diagnostic } from "../../diagnostics/diagnostic.ts";
import { nearest } from "../../diagnostics/nearest.ts";
import { hostPatternText } from "../../model/host-pattern-text.ts";
import { patternCovers } from "../../model/pattern-covers.ts";
import { type Places as PlacesOfCredential, placesOf } from "../../providers/places-of.ts";
import type { ProviderBook } from "../../providers/provider-book.ts";
import { STEERING } from "../../providers/provider-of.ts";
import { canonicalName, parseHost } from "../host-pattern.ts";
import { parseSource } from "../normalize/credential.ts";
import type { Places } from "../places.ts";
import type { Rule } from "./rule.ts";

/** A credential says what it is and where its value comes from, and goes only where it may. */
export const credentials: Rule = (file, { places, providers }) =>
  Object.entries(file.credentials ?? {}).flatMap(([name, entry]) => [
    ...kindProblems(entry, places.key(file.credentials ?? {}, name), places),
    ...sourceProblems(entry, places),
    ...hostProblems(entry, places),
    ...providerProblems(entry, places, providers),
  ]);

/** A rule puts a credential only where the credential may go. */
export const credentialHosts: Rule = (file, { places, providers, rules }) =>
  (file.egress?.rules ?? []).flatMap((written) => {
    const rule = rules.get(written);
    const entries = file.credentials ?? {};
    const entry = Object.hasOwn(entries, written.credential ?? "") ? entries[written.credential ?? ""] : undefined;
    if (rule === undefined || entry === undefined || written.credential === undefined) return [];
    if ((entry.hosts ?? []).some((host) => !parseHost(host).ok)) return [];
    const placed = placedBy(entry, providers);
    if (placed === null) return [];
    const hosts = placed.places.flatMap((place) => place.hosts);
    if (hosts.some((each) => patternCovers(each, rule.host))) return [];
    const facts = { credential: written.credential, hosts: [...new Set(hosts.map(hostPatternText))] };
    return [diagnostic("CredentialForOtherHost", facts, places.value(written, "credential"))];
  });

/** Null for an entry with another mistake. */
function placedBy(entry: CredentialEntry, providers: ProviderBook): PlacesOfCredential | null {
  const provider = entry.provider === undefined ? null : providers.find(entry.provider);
  if (provider === null && (entry.provider !== undefined || (entry.header ?? entry.query) === undefined)) return null;
  return placesOf(
    {
      header: entry.header ?? null,
      prefix: entry.prefix ?? "",
      query: entry.query ?? null,
      hosts: (entry.hosts ?? []).map((host) => canonicalName(host) ?? host),
    },
    provider,
  );
}

function providerProblems(entry: CredentialEntry, places: Places, providers: ProviderBook): readonly Diagnostic[] {
  if (entry.provider === undefined) return [];
  if (providers.find(entry.provider) === null) {
    const facts = { name: entry.provider, near: nearest(entry.provider, providers.names), known: providers.names };
    return [diagnostic("UnknownProvider", facts, places.value(entry, "provider"))];
  }
  const placed = placedBy(entry, providers);
  const strange = (placed?.strange ?? []).map((host) => {
    const at = (entry.hosts ?? []).findIndex((each) => (canonicalName(each) ?? each) === host);
    return diagnostic("HostNotOfProvider", { host, name: entry.provider ?? "" }, places.value(entry.hosts ?? [], at));
  });
  if (strange.length > 0 || placed === null || placed.places.length > 0) return strange;
  const why = "goes to no host by itself";
  return [
    diagnostic(
      "ProviderOrHeader",
      { why, mend: "Add `hosts: [build.corp]`, or whichever are meant." },
      places.value(entry, "provider"),
    ),
  ];
}

function kindProblems(entry: CredentialEntry, span: ReturnType<Places["key"]>, places: Places): readonly Diagnostic[] {
  const problem = (why: string, mend: string): Diagnostic => diagnostic("ProviderOrHeader", { why, mend }, span);
  if (entry.provider !== undefined && entry.header !== undefined) {
    return [
      problem("has a built-in provider and a header of its own", "Keep `provider`, or keep `header` with `hosts`."),
    ];
  }
  if (entry.query !== undefined && (entry.header ?? entry.provider) !== undefined) {
    return [problem("says in more than one way where it goes", "Keep one of `provider`, `header` and `query`.")];
  }
  if (entry.prefix !== undefined && entry.header === undefined) {
    return [problem("has a prefix without a header", "Remove `prefix`, or add the `header` that it stands in.")];
  }
  if (entry.provider !== undefined) return [];
  if (entry.header === undefined && entry.query === undefined) {
    return [
      problem(
        "says neither whose it is nor which header carries it",
        "Add `provider: github`, or `header` and `hosts`.",
      ),
    ];
  }
  const bad = [...headerProblems(entry, places), ...prefixProblems(entry, places)];
  const what = entry.header === undefined ? "query parameter" : "header";
  return entry.hosts === undefined
    ? [
        ...bad,
        problem(`has a ${what} but no hosts that it may go to`, "Add `hosts: [build.corp]`, or whichever are meant."),
      ]
    : bad;
}

function headerProblems(entry: CredentialEntry, places: Places): readonly Diagnostic[] {
  const { header } = entry;
  if (header === undefined) return [];
  const why = !/^[!#$%&'*+.^`|~0-9A-Za-z-]+$/u.test(header)
    ? "it is no header's name"
    : STEERING.has(header.toLowerCase())
      ? "it steers the request itself"
      : null;
  return why === null ? [] : [diagnostic("InvalidHeader", { header, why }, places.value(entry, "header"))];
}

function prefixProblems(entry: CredentialEntry, places: Places): readonly Diagnostic[] {
  const { prefix } = entry;
  if (prefix === undefined || /^[\x21-\x7e]+ ?$/u.test(prefix)) return [];
  const facts = { header: prefix, why: "a prefix is one word, with a space behind it where one is meant" };
  return [diagnostic("InvalidHeader", facts, places.value(entry, "prefix"))];
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
