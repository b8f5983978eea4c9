import { entry } from "../catalog-entry.ts";
import { quotedList, shown } from "../wording.ts";

const AGENT = (fields: string): string => `version: coop/v1\nagents:\n  coder: { ${fields} }\n`;
const CREDENTIAL = (fields: string): string =>
  `version: coop/v1\nagents:\n  coder: { credentials: [key] }\ncredentials:\n  key: { ${fields} }\n`;

/** 24xx: environment, credentials and secrets. No message repeats a value. */
export const SECRETS = {
  SecretInFile: entry<{ readonly secret: string }>({
    code: "COOP2401",
    severity: "error",
    message: ({ secret }) => `This looks like ${secret}. A file of the repository is read by everyone who has it.`,
    hint: () => "Revoke it, store a new one with `coop credentials set NAME`, and name that in `credentials`.",
    // Put together here, so that no scanner takes the source for a leak.
    example: AGENT(`environment: { GITHUB_TOKEN: ${["ghp", "0123456789abcdefABCDEF0123456789abcd"].join("_")} }`),
  }),
  LiteralPassword: entry<{ readonly name: string; readonly mend: string }>({
    code: "COOP2402",
    severity: "warning",
    message: ({ name }) => `The value of ${shown(name)} stands in the file for everyone to read.`,
    hint: ({ mend }) => mend,
    example: "version: coop/v1\nservices:\n  db: { image: postgres:16, environment: { POSTGRES_PASSWORD: example } }\n",
  }),
  ReservedVariable: entry<{ readonly name: string; readonly why: string; readonly mend: string }>({
    code: "COOP2403",
    severity: "error",
    message: ({ name, why }) => `${shown(name)} cannot be set: ${why}.`,
    hint: ({ mend }) => mend,
    example: AGENT("environment: { HTTPS_PROXY: proxy.corp }"),
  }),
  SourceNeeded: entry<{ readonly count: number }>({
    code: "COOP2404",
    severity: "error",
    message: ({ count }) =>
      count === 0
        ? "This says nothing about where the value comes from."
        : "This names more than one source for the value.",
    hint: () => "Write one of `{ env: NAME }`, `{ credential: name }` and, in a service, `{ generate: true }`.",
    example: `${AGENT("environment: { TOKEN: { env: TOKEN, credential: key } }")}credentials:\n  key: { provider: github }\n`,
  }),
  GenerateInAgent: entry<{ readonly name: string }>({
    code: "COOP2405",
    severity: "error",
    message: ({ name }) =>
      `${shown(name)} cannot be generated for an agent: a generated value belongs to a service's data.`,
    hint: () => "Write it in the service; an agent that lists the service is given it.",
    example: AGENT("environment: { PASSWORD: { generate: true } }"),
  }),
  AmbiguousNumber: entry<{ readonly name: string; readonly spelled: string; readonly read: string }>({
    code: "COOP2406",
    severity: "error",
    message: ({ name, spelled, read }) =>
      `The value of ${shown(name)} is spelled ${shown(spelled)}, which YAML reads as ${shown(read)}.`,
    hint: ({ spelled }) => `Quote what is meant: \`"${spelled}"\`.`,
    example: AGENT("environment: { MODE: 0x1F }"),
  }),
  NoValue: entry<{ readonly name: string }>({
    code: "COOP2407",
    severity: "error",
    message: ({ name }) => `${shown(name)} has no value; nothing is taken from your environment by itself.`,
    hint: ({ name }) =>
      `Write \`NAME=VALUE\`, or a mapping with \`${name.slice(0, 60)}: { env: ${name.slice(0, 60)} }\`.`,
    example: AGENT("environment: [NODE_ENV]"),
  }),
  DuplicateVariable: entry<{ readonly name: string }>({
    code: "COOP2408",
    severity: "error",
    message: ({ name }) => `${shown(name)} is set twice.`,
    hint: () => "Keep one of the two.",
    example: AGENT("environment: [A=1, A=2]"),
  }),
  SourceRefused: entry<{ readonly scheme: string }>({
    code: "COOP2409",
    severity: "error",
    message: ({ scheme }) =>
      `A repository's file cannot take a secret from \`${scheme}\`: whoever is given the repository would send what lies on their machine.`,
    hint: () => "Write `from: vault`, and define the source in your own settings with `coop credentials set`.",
    example: CREDENTIAL('provider: github, from: "file:~/.netrc"'),
  }),
  InvalidSource: entry<{ readonly source: string }>({
    code: "COOP2410",
    severity: "error",
    message: ({ source }) => `${shown(source)} is not a source of credentials.`,
    hint: () => "Write `vault`, `env:NAME` or `azure-kv://VAULT/SECRET`.",
    example: CREDENTIAL("provider: github, from: keychain"),
  }),
  ProviderOrHeader: entry<{ readonly why: string; readonly mend: string }>({
    code: "COOP2411",
    severity: "error",
    message: ({ why }) => `This credential ${why}.`,
    hint: ({ mend }) => mend,
    example: CREDENTIAL("from: vault"),
  }),
  InvalidHeader: entry<{ readonly header: string; readonly why: string }>({
    code: "COOP2412",
    severity: "error",
    message: ({ header, why }) => `${shown(header)} cannot carry a credential: ${why}.`,
    hint: () => "Write the name of a header, such as `X-Api-Key`.",
    example: CREDENTIAL("header: Host, hosts: [build.corp]"),
  }),
  UnusedCredential: entry<{ readonly name: string }>({
    code: "COOP2413",
    severity: "warning",
    message: ({ name }) => `Nothing uses the credential ${shown(name)}.`,
    hint: ({ name }) => `Name it in a rule (\`credential: ${name}\`), or remove it.`,
    example: "version: coop/v1\ncredentials:\n  key: { provider: github }\n",
  }),
  UnknownProvider: entry<{ readonly name: string; readonly near: string | null; readonly known: readonly string[] }>({
    code: "COOP2414",
    severity: "error",
    message: ({ name }) => `There is no provider ${shown(name)}.`,
    hint: ({ near, known }) =>
      near === null
        ? `Write one of ${quotedList(known, "or")}, describe it in \`providers\` of your settings folder, or write \`header\` and \`hosts\`.`
        : `Write \`${near}\`, if that is what is meant.`,
    example: CREDENTIAL("provider: antropic"),
  }),
  HostNotOfProvider: entry<{ readonly host: string; readonly name: string }>({
    code: "COOP2415",
    severity: "error",
    message: ({ host, name }) => `The provider ${shown(name)} does not say how a secret goes to ${shown(host)}.`,
    hint: () => "Remove the host, or write `header` and `hosts` in the place of the provider.",
    example: CREDENTIAL("provider: anthropic, hosts: [build.corp]"),
  }),
} as const;
