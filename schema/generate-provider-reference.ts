import { hostPatternText } from "../src/model/host-pattern-text.ts";
import type { Injection, Provider } from "../src/model/provider.ts";
import { BUILT_IN } from "../src/providers/built-in.gen.ts";

const INTRODUCTION = `# Providers

<!-- Made from providers/*.yaml and schema/provider.v1.schema.json by \`npm run generate\`. Do not edit. -->

A provider says of one kind of credential where it goes, what stands for it in a sandbox, and how it is tried. It holds no value.
\`credentials: { github: { provider: github } }\` names one; \`hosts\` beside it narrows where it goes, or names servers of your own where
the provider knows how (marked *own hosts*).

## What the gateway does with a request

Only on https, only under a rule with the credential, only for the provider's hosts:

* The placeholder, or nothing, becomes the real value. Anything else where a credential could stand is refused with \`client-credential\`,
  unless the rule says \`override: client\`.
* Cookies, headers that ask for another method, path or host than the one that was judged, and \`Range\` stay behind. A server answers
  with the whole in the place of a part.
* The answer shows the value in no form: plain, in JSON, in a URL, in hex, in base64, in a compressed body, in two pieces, in a WebSocket.
  What is hidden is replaced by as many \`*\`. An answer in a coding that cannot be undone is refused with \`response-unreadable\`.
* No cookie comes back: a session would outlive the request.

## One of your own

For one host, \`header\` and \`hosts\` (or \`query\`) in coop.yaml are enough. A provider in \`~/.config/coop/providers/NAME.yaml\`
serves all your repositories. It cannot have the name of a built-in one, and the folder must be yours alone to write.

\`\`\`yaml
# yaml-language-server: $schema=…/provider.v1.schema.json
version: coop/provider/v1
name: intranet
description: A token of our own API
placeholder: "int_{alnum:32}"
places:
  - hosts: [api.corp.example, "*.api.corp.example"]
    header: authorization
    prefix: "Token "
    carriers: [x-api-key]           # where else a client could carry one
environment:
  INTRANET_TOKEN: "{placeholder}"
test:
  url: https://api.corp.example/me
\`\`\`

## Built in
`;

/** The page of providers. */
export function providerReference(): string {
  return `${INTRODUCTION}${BUILT_IN.map((provider) => `\n${sectionOf(provider)}`).join("")}`;
}

function sectionOf({ name, description, places, environment, files, expiry }: Provider): string {
  const rows = places.map(({ hosts, paths, into, ownHosts }) => {
    const to = [...hosts.map((each) => `\`${hostPatternText(each)}\``), ...(ownHosts ? ["*own hosts*"] : [])];
    return `| ${to.join(", ")} | ${paths.map((each) => `\`${each}\``).join(", ")} | ${intoText(into)} |`;
  });
  const variables = environment.map((each) => `\`${each.name}\``).join(", ");
  const found = files.map((each) => `\`~/${each.path}\``).join(", ");
  const inside = [variables, found].filter((each) => each !== "").join(", ");
  return [
    `### ${name}`,
    "",
    `${description}.${expiry === null ? "" : ` ${expiry}`}`,
    "",
    "| to | paths | in |",
    "|---|---|---|",
    ...rows,
    ...(inside === "" ? [] : ["", `In the sandbox: ${inside}.`]),
    "",
  ].join("\n");
}

function intoText(into: Injection): string {
  switch (into.kind) {
    case "header":
      return `\`${into.header}: ${into.prefix}…\``;
    case "basic":
      return `\`authorization: Basic\`, ${into.user === null ? "`user:password`" : `user \`${into.user}\``}`;
    case "query":
      return `\`?${into.parameter}=…\``;
    case "path":
      return `\`/${into.prefix}…/\` in the path`;
    case "aws-sigv4":
      return "signed again (Signature Version 4)";
  }
}
