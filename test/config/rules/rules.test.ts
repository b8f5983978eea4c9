import { describe, expect, it } from "vitest";
import { problemNames, problems } from "../checked.ts";

const AGENT = (fields: string): string => `version: coop/v1\nagents: { a: { ${fields} } }\n`;
const SERVICE = (fields: string): string => `version: coop/v1\nservices: { s: { image: i, ${fields} } }\n`;
const RULE = (fields: string): string =>
  `version: coop/v1\nagents: { a: { egress: [r] } }\negress: { rules: [{ name: r, ${fields} }] }\n`;
const RULES = (first: string, second: string, egress = "[one, two]"): string => {
  const used = ["x", "y"]
    .filter((name) => `${first} ${second}`.includes(`credential: ${name}`))
    .map((name) => `${name}: { header: X, hosts: [a.com, b.com, "**.a.com", "**.com.example"] }`);
  return `version: coop/v1\nagents: { a: { egress: ${egress} }, b: { egress: [two] }, c: { egress: [one] } }\negress: { rules: [{ name: one, ${first} }, { name: two, ${second} }] }\ncredentials: { ${used.join(", ")} }\n`;
};
const CREDENTIAL = (fields: string): string =>
  `version: coop/v1\nagents: { a: { credentials: [k] } }\ncredentials: { k: { ${fields} } }\n`;
const FLEET = (fields: string, agent = "run: claude"): string =>
  `version: coop/v1\nagents: { a: { ${agent} } }\nfleets: { f: { agent: a, ${fields} } }\n`;

function holds(cases: readonly (readonly [text: string, ...names: readonly string[]])[]): void {
  it.for(cases.map((each) => [each[0].replace("version: coop/v1\n", "").trim().replaceAll("\n", " "), each] as const))(
    "%s",
    ([, [text, ...names]]) => {
      expect(problemNames(text)).toEqual(names);
    },
  );
}

describe("hosts", () => {
  holds([
    [RULE("host: EXAMPLE.com.")],
    [RULE("host: 日本.example")],
    [RULE('host: "*.example.com"')],
    [RULE('host: "**.example.co.uk"')],
    [RULE('host: "*"'), "WildcardTooBroad"],
    [RULE('host: "**"'), "WildcardTooBroad"],
    [RULE('host: "*.com"'), "WildcardTooBroad"],
    [RULE('host: "**.github.io"'), "WildcardTooBroad"],
    [RULE('host: "*.corp"'), "WildcardTooBroad"],
    [RULE('host: "*.corp", addresses: [10.0.0.0/8]')],
    [RULE('host: "*.com", addresses: [10.0.0.0/8]'), "WildcardTooBroad"],
    [RULE('host: "a.*.com"'), "InvalidHost"],
    [RULE('host: "*a.com"'), "InvalidHost"],
    [RULE('host: "*.*.example.com"'), "InvalidHost"],
    [RULE('host: "*.10.0.0.1"'), "InvalidHost"],
    [RULE("host: .example.com"), "InvalidHost"],
    [RULE("host: a_b.example.com"), "InvalidHost"],
    [RULE("host: a..example.com"), "InvalidHost"],
    [RULE("host: example.com:8443"), "InvalidHost"],
    [RULE("host: example.com/a"), "InvalidHost"],
    [RULE("host: user@example.com"), "InvalidHost"],
    [RULE("host: 203.0.113.7, ports: [443]")],
    [RULE('host: "2001:db8::1", ports: [443]')],
    [RULE("host: 203.0.113.7"), "AddressNeedsPorts"],
    [RULE('host: "2130706433", ports: [1]'), "AddressSpelling"],
    [RULE('host: "0x7f.1", ports: [1]'), "AddressSpelling"],
    [RULE("host: 127.0.1, ports: [1]"), "AddressSpelling"],
    [RULE('host: "0177.0.0.1", ports: [1]'), "AddressSpelling"],
    [RULE("host: 10.0.0.1., ports: [1]"), "AddressSpelling"],
    [RULE('host: "[2001:db8::1]", ports: [1]'), "AddressSpelling"],
    [RULE('host: "2001:DB8:0:0::1", ports: [1]'), "AddressSpelling"],
    [RULE('host: "::ffff:10.0.0.1", ports: [1]'), "AddressSpelling"],
    [RULE("host: １２７.0.0.1, ports: [1]"), "AddressSpelling"],
    [RULE("host: 127.0.0.1, ports: [1]"), "AddressRefused"],
    [RULE("host: 169.254.169.254, ports: [80]"), "AddressRefused"],
    [RULE('host: "fe80::1", ports: [80]'), "AddressRefused"],
    [RULE("host: 999.1.1.1, ports: [80]"), "InvalidHost"],
  ]);
});

describe("networks and resolvers", () => {
  const network = (text: string): string => RULE(`host: build.corp, addresses: ["${text}"]`);
  const resolver = (text: string): string => `version: coop/v1\negress: { resolvers: ["${text}"] }\n`;
  holds([
    [network("10.2.0.0/16")],
    [network("fd00:1::/64")],
    [network("10.2.3.4"), "InvalidNetwork"],
    [network("10.2.3.4/16"), "InvalidNetwork"],
    [network("10.2.0.0/33"), "InvalidNetwork"],
    [network("10.2/16"), "InvalidNetwork"],
    [network("010.2.0.0/16"), "InvalidNetwork"],
    [network("::ffff:10.0.0.0/104"), "InvalidNetwork"],
    [network("build.corp"), "InvalidNetwork"],
    [network("0.0.0.0/0"), "AddressRefused"],
    [network("::/0"), "AddressRefused"],
    [network("127.0.0.0/8"), "AddressRefused"],
    [network("169.254.169.254/32"), "AddressRefused"],
    [network("168.0.0.0/8"), "AddressRefused"],
    [resolver("10.0.0.53")],
    [resolver("10.0.0.53:5353")],
    [resolver("[fd00::53]:53")],
    [resolver("fd00::53")],
    [resolver("10.0.0.53:99999"), "InvalidResolver"],
    [resolver("10.53"), "InvalidResolver"],
    [resolver("dns.corp"), "InvalidResolver"],
    [resolver("tls://1.1.1.1"), "InvalidResolver"],
  ]);
});

describe("protocols", () => {
  holds([
    [RULE("host: example.com, ports: [80]")],
    [RULE("host: example.com, ports: [80, 443]"), "MixedProtocols"],
    [RULE("host: example.com, ports: [80, 443], protocol: tcp")],
    [RULE("host: example.com, protocol: tcp"), "PortsNeeded"],
    [RULE("host: example.com, ports: [80], methods: [GET]")],
    [RULE("host: example.com, ports: [80], tls: tunnel"), "NotReadable"],
    [RULE("host: example.com, tls: tunnel, methods: [GET]"), "NotReadable"],
    [RULE("host: example.com, ports: [22], protocol: tcp, paths: [/a], query: { a: b }"), "NotReadable", "NotReadable"],
    [RULE("host: example.com, override: client"), "HasNoEffect"],
  ]);
});

describe("methods and paths", () => {
  const path = (text: string): string => RULE(`host: example.com, paths: ["${text}"]`);
  holds([
    [RULE("host: example.com, methods: [GET, PROPFIND]")],
    [
      RULE("host: example.com, methods: [get, GTE, CONNECT, '*']"),
      "UnknownMethod",
      "UnknownMethod",
      "UnknownMethod",
      "UnknownMethod",
    ],
    [path("/")],
    [path("/a/*/b/**")],
    [path("/a%20b")],
    [path("a"), "InvalidPath"],
    [path("/a b"), "InvalidPath"],
    [path("/a?b=c"), "InvalidPath"],
    [path("/a#b"), "InvalidPath"],
    [path("/ä"), "InvalidPath"],
    [path("/a;b"), "InvalidPath"],
    [path("/a\\\\b"), "InvalidPath"],
    [path("/a//b"), "InvalidPath"],
    [path("/%2e%2e/a"), "InvalidPath"],
    [path("/a%2Fb"), "InvalidPath"],
    [path("/a%252fb"), "InvalidPath"],
    [path("/a%00"), "InvalidPath"],
    [path("/a%zz"), "InvalidPath"],
    [path("/a/../b"), "InvalidPath"],
    [path("/./b"), "InvalidPath"],
    [path("/a**"), "InvalidPath"],
    [path("https://example.com/a"), "InvalidPath"],
  ]);
});

describe("rules that one agent has together", () => {
  holds([
    [RULES("host: a.com, credential: x", "host: b.com, credential: y")],
    [RULES("host: a.com, credential: x", "host: a.com, credential: y"), "AmbiguousCredential"],
    [RULES("host: a.com, credential: x", "host: a.com, credential: y", "[one]")],
    [RULES("host: a.com, credential: x", "host: a.com"), "AmbiguousCredential"],
    [RULES("host: a.com, credential: x", "host: a.com, credential: x")],
    [RULES("host: a.com, credential: x", 'host: "*.com.example", credential: y')],
    [RULES("host: b.a.com, credential: x", 'host: "*.a.com", credential: y')],
    [RULES('host: "*.a.com", credential: x', 'host: "**.a.com", credential: y')],
    [RULES("host: a.com, methods: [GET], credential: x", "host: a.com, methods: [POST], credential: y")],
    [RULES("host: a.com, methods: [GET], credential: x", "host: a.com, credential: y")],
    [
      RULES("host: a.com, methods: [GET, PUT], credential: x", "host: a.com, methods: [PUT], credential: y"),
      "AmbiguousCredential",
    ],
    [RULES('host: a.com, paths: ["/a/**"], credential: x', 'host: a.com, paths: ["/b/**"], credential: y')],
    [
      RULES('host: a.com, paths: ["/a/*"], credential: x', 'host: a.com, paths: ["/*/a"], credential: y'),
      "AmbiguousCredential",
    ],
    [RULES('host: a.com, paths: ["/a/**"], credential: x', 'host: a.com, paths: ["/a/b/**"], credential: y')],
    [RULES("host: a.com, ports: [443], credential: x", "host: a.com, ports: [8443], credential: y")],
    [RULES("host: a.com, query: { k: v }, credential: x", "host: a.com, query: { k: w }, credential: y")],
    [RULES("host: a.com, credential: x", "host: a.com, credential: x, override: client"), "AmbiguousCredential"],
  ]);

  holds([
    [RULES("host: a.com, tls: tunnel", "host: a.com, methods: [GET]"), "TunnelAndIntercept"],
    [RULES("host: b.a.com, tls: tunnel", 'host: "*.a.com", tls: intercept'), "TunnelAndIntercept"],
    [RULES("host: b.a.com, tls: tunnel", 'host: "*.a.com", tls: intercept, ports: [8443]')],
    [RULES("host: a.com", "host: a.com, methods: [GET]")],
    [RULES("host: a.com, tls: tunnel", "host: a.com, methods: [GET]", "open")],
  ]);
});

describe("names", () => {
  holds([
    [
      "version: coop/v1\nagents: { x: {} }\nservices: { x: { image: i } }\nfleets: { x: { agent: x } }\n",
      "NameClash",
      "NameClash",
    ],
    [
      "version: coop/v1\nagents: { gateway: {}, forwarder: {}, host: {} }\n",
      "ReservedName",
      "ReservedName",
      "ReservedName",
    ],
    [`version: coop/v1\nproject: ${"p".repeat(40)}\nagents: { ${"a".repeat(20)}: {} }\n`],
    [`version: coop/v1\nproject: ${"p".repeat(40)}\nagents: { ${"a".repeat(21)}: {} }\n`, "DerivedNameTooLong"],
    [
      `version: coop/v1\nproject: ${"p".repeat(40)}\nagents: { a: {} }\nfleets: { ${"f".repeat(20)}: { agent: a, replicas: 11 } }\n`,
      "DerivedNameTooLong",
    ],
    [
      `version: coop/v1\nagents: { ${"a".repeat(64)}: {}, -a: {}, a.b: {}, Ä: {} }\n`,
      "InvalidName",
      "InvalidName",
      "InvalidName",
      "InvalidName",
    ],
    ["version: coop/v1\ndefaultTarget: local\n"],
    ["version: coop/v1\ntargets: { a: { backend: docker }, b: { backend: docker } }\n", "DefaultTargetNeeded"],
    ["version: coop/v1\ntargets: { a: { backend: docker }, local: { backend: docker } }\n"],
  ]);
});

describe("agents", () => {
  holds([
    [AGENT("ports: [3128]"), "PortClash"],
    [AGENT("ports: [3000], hostPorts: [3000]"), "PortClash"],
    [AGENT("run: [make], model: opus, prompt: x"), "HasNoEffect", "HasNoEffect"],
    ["version: coop/v1\ndefaults: { model: opus }\nagents: { a: { run: shell } }\n"],
    [AGENT('run: ["  "]'), "InvalidCommand"],
    [AGENT("image: { base: default, dockerfile: Dockerfile, ref: x }"), "ImageSourceTwice"],
    [AGENT('image: { ref: "registry.corp:5000/team/image:1.2@sha256:' + "0".repeat(64) + '" }')],
    [AGENT('image: { ref: "image:" }'), "InvalidImage"],
    [AGENT('image: { ref: "image@sha256:abc" }'), "InvalidImage"],
    [AGENT('image: { ref: "-v" }'), "InvalidImage"],
    [AGENT("image: { packages: [g++, libstdc++6, ripgrep=1.2-3] }")],
    [AGENT('image: { packages: ["rg; rm -rf /"] }'), "InvalidPackage"],
    [AGENT("image: { dockerfile: ../Dockerfile }"), "PathLeadsOut"],
    [AGENT('image: { toolchain: "a\\\\b" }'), "PathLeadsOut"],
    [AGENT("workspace: { ref: HEAD~1 }")],
    [AGENT("workspace: { ref: a..b }"), "InvalidRef"],
    [AGENT("workspace: { ref: -x }"), "InvalidRef"],
    [AGENT("workspace: { path: / }"), "InvalidSandboxPath"],
    [AGENT("workspace: { path: /a/../b }"), "InvalidSandboxPath"],
    [AGENT("workspace: { path: /proc/1 }"), "InvalidSandboxPath"],
    [AGENT("workspace: { mode: live, ref: x }"), "HasNoEffect"],
    [AGENT("workspace: { mode: none, readOnly: true }"), "HasNoEffect"],
    [AGENT("unsafe: { capabilities: [NET_ADMIN] }")],
    [AGENT("unsafe: { capabilities: [ALL, net_admin] }"), "UnknownCapability", "UnknownCapability"],
    [AGENT("egress: ['*', all]"), "OpenInList", "OpenInList"],
  ]);
});

describe("volumes", () => {
  const volume = (text: string): string => AGENT(`volumes: ["${text}"]`);
  holds([
    [volume("cache:~/.cache")],
    [volume("c:/cache:ro")],
    [volume("/srv/data:/data"), "InvalidVolume"],
    [volume("../data:/data"), "InvalidVolume"],
    [volume("~/data:/data"), "InvalidVolume"],
    [volume("C:/data:/data"), "InvalidVolume"],
    [volume("/data"), "InvalidVolume"],
    [volume("a:/b:rw,z"), "InvalidVolume"],
    [volume("A_b:/b"), "InvalidVolume"],
    [volume("a:b"), "InvalidSandboxPath"],
    [volume("a:/"), "InvalidSandboxPath"],
    [volume("a:/x/../y"), "InvalidSandboxPath"],
    [volume("a:/sys/fs"), "InvalidSandboxPath"],
    [AGENT('volumes: ["a:/x", "b:/x/"]'), "DuplicateTarget"],
    [SERVICE('volumes: ["a:/x"], tmpfs: [/x, y]'), "DuplicateTarget", "InvalidSandboxPath"],
  ]);
});

describe("environment", () => {
  const variable = (text: string): string => AGENT(`environment: { ${text} }`);
  holds([
    [variable("A: 1, B: true, C: 1.5, D: x")],
    [variable("A: 0x10"), "AmbiguousNumber"],
    [variable("A: 1.0"), "AmbiguousNumber"],
    [variable("A: 12345678901234567890"), "AmbiguousNumber"],
    [variable("COOP_TARGET: x"), "ReservedVariable"],
    [variable("http_proxy: x, NO_PROXY: y"), "ReservedVariable", "ReservedVariable"],
    [variable("A: {}"), "SourceNeeded"],
    [variable("A: { env: B, generate: true }"), "SourceNeeded"],
    [variable("A: { generate: true }"), "GenerateInAgent"],
    [variable('A: "${B}"'), "Interpolation"],
    [variable("A: $B"), "Interpolation"],
    [variable("A: costs $5")],
    [AGENT("environment: [A=1, B, A=2]"), "NoValue", "DuplicateVariable"],
    [AGENT("environment: ['1A=x']"), "InvalidEnvironmentName"],
    [AGENT('run: [sh, -c, "echo ${HOME}"]')],
    [SERVICE('healthcheck: { test: "test ${A}" }, provision: ["echo ${A}"], command: [sh, -c, "echo $A ${B}"]')],
    [AGENT('workspace: { path: "${HOME}/x" }'), "Interpolation", "InvalidSandboxPath"],
  ]);
});

describe("secrets", () => {
  const value = (name: string, text: string): string => AGENT(`environment: { ${name}: "${text}" }`);
  holds([
    [value("X", `sk-ant-${"a1B2".repeat(8)}`), "SecretInFile"],
    [value("X", `ghp_${"a1B2".repeat(9)}`), "SecretInFile"],
    [value("X", `AKIA${"A1B2".repeat(4)}`), "SecretInFile"],
    [value("DATABASE_URL", "postgres://me:s3cret@db/app"), "SecretInFile"],
    [value("DATABASE_URL", "postgres://me@db/app")],
    [value("API_KEY", "f3Kq9zLw2Xv7Bn4Tp8Rm"), "SecretInFile"],
    [value("API_KEY", "test"), "LiteralPassword"],
    [value("API_KEY_FILE", "/run/secrets/key")],
    [value("GIT_TOKEN", "")],
    [value("MAX_TOKENS", "4096")],
    [`# key: sk-ant-${"a1B2".repeat(8)}\nversion: coop/v1\n`, "SecretInFile"],
    [AGENT(`run: claude, prompt: "use ghp_${"a1B2".repeat(9)}"`), "SecretInFile"],
  ]);

  it("are never repeated", () => {
    const secret = `sk-ant-${"a1B2".repeat(8)}`;
    expect(problems(value("TOKEN", secret)).join()).not.toContain("a1B2");
  });
});

describe("credentials", () => {
  holds([
    [CREDENTIAL("provider: github, from: env:GITHUB_TOKEN")],
    [CREDENTIAL("provider: github, from: azure-kv://vault/secret")],
    [CREDENTIAL("provider: github, from: azure-kv://vault"), "InvalidSource"],
    [CREDENTIAL("provider: github, from: env:1X"), "InvalidSource"],
    [CREDENTIAL("provider: github, from: 'exec:cat /etc/passwd'"), "SourceRefused"],
    [CREDENTIAL("provider: github, header: X-Key, hosts: [a.com]"), "ProviderOrHeader"],
    [CREDENTIAL("header: X-Key"), "ProviderOrHeader"],
    [CREDENTIAL("header: 'X Key', hosts: [a.com]"), "InvalidHeader"],
    [CREDENTIAL("header: transfer-encoding, hosts: [a.com]"), "InvalidHeader"],
    [CREDENTIAL("header: X-Key, hosts: ['https://a.com']"), "InvalidHost"],
    [CREDENTIAL("header: X-Key, prefix: 'Token ', hosts: [a.com]")],
    [CREDENTIAL('header: X-Key, prefix: "a\\nb", hosts: [a.com]'), "InvalidHeader"],
    [CREDENTIAL("provider: github, prefix: x"), "ProviderOrHeader"],
    [CREDENTIAL("query: key, hosts: [a.com]")],
    [CREDENTIAL("query: key"), "ProviderOrHeader"],
    [CREDENTIAL("query: key, header: X-Key, hosts: [a.com]"), "ProviderOrHeader"],
    [CREDENTIAL("provider: githib"), "UnknownProvider"],
    [CREDENTIAL("provider: anthropic, hosts: [a.com]"), "HostNotOfProvider"],
    [CREDENTIAL("provider: gitlab, hosts: [git.corp, Gitlab.COM]")],
    [CREDENTIAL("provider: bearer"), "ProviderOrHeader"],
    [CREDENTIAL("provider: bearer, hosts: [a.com]")],
  ]);

  const used = (host: string, credential: string): string =>
    `${RULE(`host: "${host}", credential: k`)}credentials: { k: { ${credential} } }\n`;
  describe("go only where their provider says how", () => {
    holds([
      [used("api.github.com", "provider: github")],
      [used("objects.githubusercontent.com", "provider: github"), "CredentialForOtherHost"],
      [used("api.github.com.evil.com", "provider: github"), "CredentialForOtherHost"],
      [used("*.vercel.com", "provider: vercel")],
      [used("**.vercel.com", "provider: vercel"), "CredentialForOtherHost"],
      [used("s3.eu-west-1.amazonaws.com", "provider: aws")],
      [used("github.com", "provider: github, hosts: [api.github.com]"), "CredentialForOtherHost"],
      [used("git.corp", "provider: github, hosts: [git.corp]")],
      [used("a.com", "query: key, hosts: [a.com]")],
      [used("b.com", "query: key, hosts: [a.com]"), "CredentialForOtherHost"],
    ]);
  });
});

describe("services", () => {
  holds([
    [
      "version: coop/v1\nservices: { s: { image: postgres:16, environment: { POSTGRES_PASSWORD: { generate: true } } } }\n",
    ],
    ["version: coop/v1\nservices: { s: { image: postgres:16, environment: { POSTGRES_HOST_AUTH_METHOD: trust } } }\n"],
    [
      "version: coop/v1\nservices: { s: { image: 'registry.corp:5000/library/mysql@sha256:" +
        "0".repeat(64) +
        "' } }\n",
      "MissingPassword",
    ],
    ["version: coop/v1\nservices: { s: { image: my-postgres-exporter } }\n"],
    [
      "version: coop/v1\nservices: { a: { image: i, dependsOn: [b] }, b: { image: i, dependsOn: [c] }, c: { image: i, dependsOn: [b] } }\n",
      "DependencyCycle",
    ],
    [SERVICE("healthcheck: { test: [CMD] }"), "InvalidHealthcheck"],
    [SERVICE("healthcheck: { test: [CMD-SHELL, a, b] }"), "InvalidHealthcheck"],
    [SERVICE("healthcheck: { test: [NONE] }")],
    [SERVICE('command: "a \'b"'), "InvalidCommand"],
    [SERVICE("user: 999")],
    [SERVICE("user: 999:999")],
    [SERVICE("user: 0"), "RootNeedsUnsafe"],
    [SERVICE("user: root, unsafe: { root: true }")],
    [SERVICE("user: 'a b'"), "InvalidUser"],
    [SERVICE("ports: [1, 1]"), "PortClash"],
  ]);
});

describe("fleets", () => {
  holds([
    [FLEET("replicas: 3, maxParallel: 3, update: { maxUnavailable: 3 }")],
    [FLEET("replicas: 0")],
    [FLEET("replicas: 3, update: { maxUnavailable: 4 }"), "FleetBounds"],
    [FLEET("replicas: 3, update: { strategy: recreate, maxUnavailable: 2 }"), "HasNoEffect"],
    [FLEET("tasks: ../tasks/*.md"), "PathLeadsOut"],
    [FLEET("replicas: 2, maxParallel: 4"), "FleetBounds"],
    [FLEET("tasks: tasks/*.md", "run: [make]")],
    [FLEET("tasks: tasks/*.md", "run: shell"), "TasksNeedCli"],
    [FLEET("tasks: tasks/*.md", "resources: { cpus: 1 }"), "TasksNeedCli"],
    [FLEET("tasks: tasks/*.md", "run: claude, promptFile: x.md"), "PromptInTasks"],
    [FLEET("replicas: 2", "run: claude, workspace: { mode: live }"), "FleetOfLive"],
  ]);
});
