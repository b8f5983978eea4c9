import { expect, it } from "vitest";
import { compileCredentials } from "../../src/providers/compile-credentials.ts";
import { BUILT_IN_PROVIDERS } from "../../src/providers/provider-book.ts";
import { aModel } from "../support/project.ts";

function compiled(text: string): ReturnType<typeof compileCredentials> {
  return compileCredentials(aModel(`version: coop/v1\nproject: shop\n${text}`), BUILT_IN_PROVIDERS);
}

const FORGE = `egress:
  rules:
    - { name: forge, host: github.com, credential: github }
    - { name: intranet, host: build.corp, credential: internal }
credentials:
  github: { provider: github }
  internal: { header: X-Api-Key, prefix: "Token ", hosts: [build.corp] }
  other: { provider: anthropic }
`;

it("gives the gateway what the rules name, and no agent what is another's", () => {
  const { credentials, agents } = compiled(`agents:
  coder: { egress: [forge], environment: { GITHUB_TOKEN: mine } }
  writer: { egress: [intranet], credentials: [other] }
  idler: { egress: [] }
${FORGE}`);
  expect(Object.keys(credentials)).toEqual(["github", "internal"]);
  expect(credentials["internal"]).toEqual({
    places: [
      {
        hosts: [{ kind: "exact", name: "build.corp" }],
        paths: [],
        into: { kind: "header", header: "x-api-key", prefix: "Token " },
        carriers: ["x-api-key"],
        queryCarriers: [],
        merge: [],
      },
    ],
    placeholder: expect.stringMatching(/^coop-placeholder-[A-Za-z0-9]{32}$/) as unknown,
    refreshEncoding: "form",
  });
  const placeholder = credentials["github"]?.placeholder ?? "";
  expect(agents["coder"]).toEqual({
    environment: [
      { name: "GH_TOKEN", value: placeholder, credential: "github" },
      { name: "GIT_TERMINAL_PROMPT", value: "0", credential: "github" },
    ],
    files: [],
  });
  expect(agents["writer"]?.environment.map((each) => each.name)).toEqual(["ANTHROPIC_API_KEY"]);
  expect(agents["idler"]).toEqual({ environment: [], files: [] });
});

it("gives the files that a client reads in the place of variables", () => {
  const { agents } = compiled(
    "agents:\n  coder: { egress: [], credentials: [key] }\ncredentials:\n  key: { provider: codex }\n",
  );
  expect(agents["coder"]?.files).toEqual([
    {
      path: ".codex/auth.json",
      content: expect.stringMatching(/^\{"OPENAI_API_KEY":"sk-coopPlaceholder[A-Za-z0-9]{33}"\}$/) as unknown,
      credential: "key",
    },
  ]);
});

it("is the same for the same project, and has other placeholders for another", () => {
  const text = `agents:\n  coder: { egress: [forge, intranet] }\n${FORGE}`;
  expect(compiled(text)).toEqual(compiled(text));
  const other = compileCredentials(aModel(`version: coop/v1\nproject: other\n${text}`), BUILT_IN_PROVIDERS);
  expect(other.credentials["github"]?.placeholder).not.toBe(compiled(text).credentials["github"]?.placeholder);
});

it("has one placeholder for two credentials of one provider: a client has one variable", () => {
  const { credentials, agents } = compiled(`agents:
  coder: { egress: [mine, work] }
egress:
  rules:
    - { name: mine, host: github.com, paths: ["/me/**"], credential: mine }
    - { name: work, host: github.com, paths: ["/work/**"], credential: work }
credentials:
  mine: { provider: github }
  work: { provider: github }
`);
  expect(credentials["mine"]).toEqual(credentials["work"]);
  expect(agents["coder"]?.environment.find((each) => each.name === "GH_TOKEN")?.credential).toBe("mine");
});

it("takes hosts of one's own where the provider says how", () => {
  const { credentials } = compiled(`agents:
  coder: { egress: [git] }
egress:
  rules:
    - { name: git, host: git.corp, credential: key }
credentials:
  key: { provider: gitlab, hosts: [git.corp] }
`);
  expect(credentials["key"]?.places.map((place) => [place.hosts, place.into.kind])).toEqual([
    [[{ kind: "exact", name: "git.corp" }], "header"],
    [[{ kind: "exact", name: "git.corp" }], "basic"],
  ]);
});

it("tells AWS's SDKs where the gateway gives them keys, and no key of any kind", () => {
  const { agents } = compiled(
    "agents:\n  coder: { egress: [], credentials: [store] }\ncredentials:\n  store: { provider: aws }\n",
  );
  expect(agents["coder"]?.environment.map(({ name, value }) => `${name}=${value}`)).toEqual([
    "AWS_CONTAINER_CREDENTIALS_FULL_URI=http://127.0.0.1:3128/credentials/store",
    "AWS_EC2_METADATA_DISABLED=true",
  ]);
});
