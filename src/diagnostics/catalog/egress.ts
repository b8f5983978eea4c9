import { entry } from "../catalog-entry.ts";
import { quotedList, shown } from "../wording.ts";

const RULES = (rule: string): string =>
  `version: coop/v1\nagents:\n  coder: { egress: [site] }\negress:\n  rules:\n    - { name: site, ${rule} }\n`;

const TWO_RULES = (first: string, second: string, rest = ""): string =>
  `version: coop/v1\nagents:\n  coder: { egress: [one, two] }\negress:\n  rules:\n    - { name: one, ${first} }\n    - { name: two, ${second} }\n${rest}`;

/** 21xx: what may be reached, and with which credential. */
export const EGRESS = {
  InvalidHost: entry<{ readonly host: string; readonly why: string; readonly mend: string }>({
    code: "COOP2101",
    severity: "error",
    message: ({ host, why }) => `${shown(host)} is not a host: ${why}.`,
    hint: ({ mend }) => mend,
    example: RULES("host: https://example.com/docs"),
  }),
  WildcardTooBroad: entry<{ readonly host: string; readonly why: string }>({
    code: "COOP2102",
    severity: "error",
    message: ({ host, why }) => `${shown(host)} is too broad: ${why}.`,
    hint: () => "Name the hosts, or a wildcard below a name that one owner holds; every public name is `egress: open`.",
    example: RULES('host: "*.co.uk"'),
  }),
  AddressSpelling: entry<{ readonly written: string; readonly canonical: string }>({
    code: "COOP2103",
    severity: "error",
    message: ({ written, canonical }) => `${shown(written)} is another spelling of the address ${shown(canonical)}.`,
    hint: ({ canonical }) => `Write \`${canonical}\`, if that is what is meant.`,
    example: RULES("host: 0x7f.1, ports: [443]"),
  }),
  AddressNeedsPorts: entry<{ readonly address: string }>({
    code: "COOP2104",
    severity: "error",
    message: ({ address }) => `A rule for the address ${shown(address)} must name its ports.`,
    hint: () => "Add `ports: [443]`, or whichever are meant.",
    example: RULES("host: 203.0.113.7"),
  }),
  AddressRefused: entry<{ readonly address: string; readonly why: string }>({
    code: "COOP2105",
    severity: "error",
    message: ({ address, why }) => `${shown(address)} cannot be allowed: ${why}.`,
    hint: () => "Remove it; a service of the host is reached by `hostPorts`.",
    example: RULES("host: 169.254.169.254, ports: [80]"),
  }),
  InvalidNetwork: entry<{ readonly written: string; readonly mend: string }>({
    code: "COOP2106",
    severity: "error",
    message: ({ written }) => `${shown(written)} is not a network in CIDR form.`,
    hint: ({ mend }) => mend,
    example: RULES('host: build.corp, addresses: ["10.2.3.4/16"]'),
  }),
  InvalidResolver: entry<{ readonly written: string; readonly mend: string }>({
    code: "COOP2107",
    severity: "error",
    message: ({ written }) => `${shown(written)} is not the address of a DNS server.`,
    hint: ({ mend }) => mend,
    example: "version: coop/v1\negress: { resolvers: [dns.corp] }\n",
  }),
  MixedProtocols: entry<object>({
    code: "COOP2108",
    severity: "error",
    message: () => "Port 80 speaks http and the other ports https: one rule cannot be both.",
    hint: () => "Write one rule for port 80 and one for the rest, or name the `protocol` of all.",
    example: RULES("host: example.com, ports: [80, 443]"),
  }),
  PortsNeeded: entry<object>({
    code: "COOP2109",
    severity: "error",
    message: () => "A rule with `protocol: tcp` must name its ports.",
    hint: () => "Add `ports: [22]`, or whichever are meant.",
    example: RULES("host: github.com, protocol: tcp"),
  }),
  NotReadable: entry<{ readonly field: string; readonly why: string; readonly mend: string }>({
    code: "COOP2110",
    severity: "error",
    message: ({ field, why }) => `\`${field}\` cannot hold here: ${why}.`,
    hint: ({ mend }) => mend,
    example: RULES("host: github.com, protocol: tcp, ports: [22], methods: [GET]"),
  }),
  CredentialExposed: entry<{ readonly why: string }>({
    code: "COOP2111",
    severity: "error",
    message: ({ why }) => `A credential cannot be put on this rule's requests: ${why}.`,
    hint: () => "Use https with interception, or remove `credential`.",
    example: `${RULES("host: github.com, ports: [80], credential: key")}credentials:\n  key: { provider: github }\n`,
  }),
  TunnelAndIntercept: entry<{ readonly agent: string; readonly other: string }>({
    code: "COOP2112",
    severity: "error",
    message: ({ agent, other }) =>
      `For ${agent}, this tunnel and the rule ${shown(other)}, which reads the requests, share a host and a port.`,
    hint: () => "Remove `tls: tunnel`, or give the two rules different hosts or ports.",
    example: TWO_RULES("host: example.com, tls: tunnel", "host: example.com, methods: [GET]"),
  }),
  AmbiguousCredential: entry<{ readonly agent: string; readonly other: string; readonly what: string }>({
    code: "COOP2113",
    severity: "error",
    message: ({ agent, other, what }) =>
      `For ${agent}, the rule ${shown(other)} matches the same requests just as exactly, with another ${what}.`,
    hint: () => "Tell the two rules apart by path or method.",
    example: TWO_RULES(
      "host: github.com, credential: mine",
      "host: github.com, credential: theirs",
      "credentials:\n  mine: { provider: github }\n  theirs: { provider: github }\n",
    ),
  }),
  UnknownMethod: entry<{ readonly method: string; readonly mend: string }>({
    code: "COOP2114",
    severity: "error",
    message: ({ method }) => `${shown(method)} is not an HTTP method that a rule can allow.`,
    hint: ({ mend }) => mend,
    example: RULES("host: example.com, methods: [get]"),
  }),
  InvalidPath: entry<{ readonly path: string; readonly why: string; readonly mend: string }>({
    code: "COOP2115",
    severity: "error",
    message: ({ path, why }) => `${shown(path)} matches nothing that the gateway lets through: ${why}.`,
    hint: ({ mend }) => mend,
    example: RULES('host: example.com, paths: ["v1/**"]'),
  }),
  HostIsService: entry<{ readonly host: string }>({
    code: "COOP2116",
    severity: "error",
    message: ({ host }) =>
      `${shown(host)} is the name of a service of this project; a rule for it would never be asked.`,
    hint: () => "List the service in the agent's `services`, or rename it.",
    example: `${RULES("host: db")}services:\n  db: { image: redis:7 }\n`,
  }),
  DuplicateRule: entry<{ readonly name: string }>({
    code: "COOP2117",
    severity: "error",
    message: ({ name }) => `Two egress rules are named ${shown(name)}.`,
    hint: () => "Rename one; an agent can list both.",
    example:
      "version: coop/v1\nagents:\n  coder: { egress: [a] }\negress:\n  rules:\n    - { name: a, host: example.com }\n    - { name: a, host: example.org }\n",
  }),
  OpenInList: entry<{ readonly word: string }>({
    code: "COOP2118",
    severity: "error",
    message: ({ word }) => `${shown(word)} in a list would be the name of a rule.`,
    hint: () => "To reach every public name, write `egress: open`.",
    example: "version: coop/v1\nagents:\n  coder: { egress: [open] }\n",
  }),
  UnusedRule: entry<{ readonly name: string }>({
    code: "COOP2119",
    severity: "warning",
    message: ({ name }) => `No agent and no service uses the egress rule ${shown(name)}.`,
    hint: ({ name }) => `Add \`${name}\` to an \`egress\`, or remove the rule.`,
    example: "version: coop/v1\negress:\n  rules:\n    - { name: docs, host: example.com }\n",
  }),
  TooManyRules: entry<{ readonly count: number; readonly limit: number }>({
    code: "COOP2120",
    severity: "error",
    message: ({ count, limit }) => `There are ${count} egress rules; the limit is ${limit}.`,
    hint: () => "Join rules by wildcards, or split the project.",
    example: "More than 2,000 egress rules.",
  }),
  CredentialForOtherHost: entry<{ readonly credential: string; readonly hosts: readonly string[] }>({
    code: "COOP2121",
    severity: "error",
    message: ({ credential, hosts }) =>
      `The credential ${shown(credential)} may go only to ${quotedList(hosts.slice(0, 8), "or")}.`,
    hint: () => "Add the host to the credential's `hosts`, or use another credential.",
    example: `${RULES("host: example.com, credential: key")}credentials:\n  key: { header: X-Api-Key, hosts: [build.corp] }\n`,
  }),
} as const;
