import { randomBytes } from "node:crypto";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { watchCommandLines } from "./support/argv-watch.ts";
import { must, run } from "./support/command.ts";
import { anOrdinaryContainer, images, inside, shell } from "./support/containers.ts";
import { probe } from "./support/probes.ts";
import type { Probe } from "./support/probes.ts";
import { aProject } from "./support/project.ts";
import type { Project } from "./support/project.ts";
import { fileScope } from "./support/scope.ts";

const scope = fileScope();
let project: Project;
let coder: string;
let sibling: string;

/** One canary a hiding place: which one leaks tells where. */
const canaries = new Map<string, string>();
const canary = (place: string): string => {
  const known = canaries.get(place) ?? `CANARY${randomBytes(12).toString("hex")}`;
  canaries.set(place, known);
  return known;
};

const HIDDEN = [
  ".env",
  ".env.local",
  "sub/folder/.ENV",
  "secrets/token.txt",
  "Secrets/upper.txt",
  "deploy/id_rsa",
  "deploy/ID_ED25519",
  "certs/server.key",
  "certs/SERVER.PEM",
  "config/credentials.json",
  "prod.tfvars",
  ".npmrc",
  ".aws/credentials",
  "notes/private.md",
  "vault/deep/er/value",
  "fixtures/customers/all.csv",
] as const;

/** In a file that every sandbox may read: a search that does not find it has not searched. */
const VISIBLE = `VISIBLE${randomBytes(12).toString("hex")}`;
const TOKEN = canary("a granted variable");
let argv: readonly string[] = [];
let said = "";

beforeAll(async () => {
  const prepare = async ({ root, put, git }: Project): Promise<void> => {
    put(Object.fromEntries(HIDDEN.map((path) => [path, `secret = ${canary(path)}\n`])));
    put({
      ".coopignore": "notes/private.md\n",
      "src/app.js": `${VISIBLE}\n`,
      "old/.env": `${canary("history")}\n`,
      "renamed.pem": `${canary("renamed in history")}\n`,
    });
    await git("add", "-A", "-f", "old", "renamed.pem", ".coopignore", "src", "coop.yaml", "README.md");
    await git("commit", "-q", "-m", "Before");
    await git("rm", "-q", "old/.env", "renamed.pem");
    await git("commit", "-q", "-m", "Removed");
    await git("checkout", "-q", "-b", "side");
    put({ "side/.env": `${canary("another branch")}\n` });
    await git("add", "-f", "side/.env");
    await git("commit", "-q", "-m", "Side");
    await git("tag", "-a", "-m", canary("a tag"), "release");
    await git("checkout", "-q", "main");
    put({ "src/app.js": `${canary("a stash")}\n` });
    await git("stash", "-q");
    put({ "staged.key": `${canary("staged only")}\n` });
    await git("add", "-f", "staged.key");
    await git("remote", "add", "origin", `https://user:${canary("a remote's URL")}@git.example.com/shop.git`);
    await git("config", "http.extraHeader", `Authorization: ${canary("a header in the configuration")}`);
    put({
      "box/Dockerfile": `FROM ${images().base}\nCOPY . /context\n`,
      "box/readable.txt": `${VISIBLE}\n`,
      "box/.env": `${canary("a build context")}\n`,
      "box/secrets/x": `${canary("a folder of a build context")}\n`,
      "box/lib/.git/config": `${canary("a repository in a build context")}\n`,
    });
    symlinkSync("../../.env", join(root, "box/lib/link"));
    await git("notes", "add", "-m", canary("a note"));
    put({
      ".git/hooks/pre-push": `#!/bin/sh\n# ${canary("a hook")}\n`,
      ".git/info/exclude": `# ${canary("an exclude file")}\n`,
    });
    put({
      "vendor/lib/.git/config": `[remote "origin"]\n\turl = https://${canary("a nested repository")}@example.com/\n`,
      "vendor/lib/.git/HEAD": "ref: refs/heads/main\n",
    });
    symlinkSync("../.env", join(root, "src/link-to-env"));
    symlinkSync("../secrets", join(root, "src/link-to-secrets"));
    writeFileSync(join(dirname(root), "outside.txt"), canary("a file outside"));
    symlinkSync(join(dirname(root), "outside.txt"), join(root, "src/link-outside"));
    mkdirSync(join(root, "empty"));
  };
  project = await aProject(
    scope,
    {
      agents: {
        coder: {
          services: ["db", "cache"],
          ignore: ["fixtures/customers/**"],
          environment: { API_TOKEN: { env: "E2E_TOKEN" } },
          resources: { memory: "512MiB" },
        },
        builder: {
          image: { dockerfile: "box/Dockerfile", network: "none" },
          ignore: ["fixtures/customers/**"],
          workspace: "none",
          resources: { memory: "256MiB" },
        },
        sibling: { run: ["sleep", "infinity"], ports: [8000], resources: { memory: "256MiB" } },
      },
      services: {
        db: {
          image: images().postgres,
          environment: { POSTGRES_PASSWORD: { generate: true } },
          volumes: ["data:/var/lib/postgresql/data"],
        },
        cache: { image: images().redis, environment: { REDIS_PASSWORD: { generate: true } } },
      },
      ignore: { patterns: ["vault/"] },
    },
    { prepare, commit: false },
  );
  coder = project.named("sandbox.coder.0");
  sibling = project.named("sandbox.sibling.0");
  const env = { E2E_TOKEN: TOKEN };
  const watch = watchCommandLines();
  const mark = run(["sh", "-c", `sleep 3; : ${canary("the control of the watch")}`]);
  const asked = await project.coop(["apply", "--yes"], { env });
  expect(asked.code, "a yes to everything is no grant").not.toBe(0);
  said += asked.text;
  for (const command of [
    ["credentials", "grant"],
    ["plan"],
    ["plan", "--json"],
    ["compile"],
    ["apply", "--yes"],
    ["plan", "--json"],
    ["status"],
    ["status", "--json"],
    ["logs"],
  ]) {
    const ran = await project.coop(command, { env });
    expect(ran.code, `${command.join(" ")}\n${ran.text}`).toBe(0);
    said += ran.text;
  }
  await mark;
  argv = watch.stop();
  const built = (await must(["docker", "inspect", "-f", "{{.Image}}", project.named("sandbox.builder.0")])).trim();
  scope.later(() =>
    run(["docker", "rm", "-f", project.named("sandbox.builder.0")]).then(() =>
      run(["docker", "image", "rm", "-f", built]),
    ),
  );
});

/**
 * Reads every byte that there is to read and prints what looks like a canary: files and their names, the environment and
 * arguments of processes, every object of git, unpacked. What it looks for is no canary itself.
 */
const READ_EVERYTHING = `
export LC_ALL=C
{
  grep -rahoE "$LOOKS" "$@" --exclude-dir=proc --exclude-dir=sys 2>/dev/null
  find "$@" -xdev 2>/dev/null | grep -aoE "$LOOKS"
  find "$@" -xdev -name .git -type d 2>/dev/null | while read -r each; do
    git --git-dir="$each" -c safe.directory='*' cat-file --batch-all-objects --unordered --batch 2>/dev/null
    git --git-dir="$each" -c safe.directory='*' for-each-ref --format='%(refname) %(contents)' 2>/dev/null
  done | grep -aoE "$LOOKS"
  cat /proc/[0-9]*/environ /proc/[0-9]*/cmdline 2>/dev/null | grep -aoE "$LOOKS"
} | sort -u`;

async function readEverything(container: string, places: readonly string[], user: string): Promise<string> {
  const env = { LOOKS: "(CANARY|VISIBLE|MARK)[0-9a-f]{16,}" };
  return (await inside(container, ["sh", "-c", READ_EVERYTHING, "sh", ...places], { user, env })).out;
}

const found = (text: string): readonly string[] =>
  [...canaries].filter(([, value]) => text.includes(value)).map(([place]) => place);

describe("a repository's secrets", () => {
  it("are all found by the same search in an ordinary container with the repository mounted", async () => {
    const naive = await anOrdinaryContainer(scope, {
      network: "none",
      flags: ["-v", `${dirname(project.root)}:${dirname(project.root)}:ro`],
    });
    const text = await readEverything(naive, [dirname(project.root)], "0");
    const missing = [...canaries.keys()].filter((place) => !found(text).includes(place));
    expect(missing).toEqual(["a granted variable", "the control of the watch"]);
  });

  it("are nowhere in a sandbox, whoever reads", async () => {
    const workspace = (await shell(coder, "pwd")).trim();
    const readable = [workspace, "/tmp", "/home", "/run", "/dev/shm"];
    const asUser = await readEverything(coder, readable, "1000");
    expect(asUser).toContain(VISIBLE);
    expect(found(asUser)).toEqual(["a granted variable"]);
    const asRoot = await readEverything(coder, ["/"], "0");
    expect(asRoot).toContain(VISIBLE);
    expect(found(asRoot)).toEqual([]);
  });

  it("are in no image that is built from the repository", async () => {
    const text = await readEverything(project.named("sandbox.builder.0"), ["/"], "0");
    expect(text).toContain(VISIBLE);
    expect(found(text)).toEqual([]);
  });

  it("leave no way back to the host's repository", async () => {
    const lines = await shell(
      coder,
      "git remote -v; git config --list | grep -i -e url -e header -e alternates; cat .git/objects/info/alternates 2>/dev/null; ls .git/hooks 2>/dev/null; cat src/link-to-env src/link-outside src/link-to-secrets/token.txt 2>/dev/null; true",
    );
    expect(lines.trim()).toBe("");
  });
});

describe("values that coop makes or is lent", () => {
  let passwords: readonly string[] = [];

  beforeAll(async () => {
    const variables = await project.coop([
      "exec",
      "coder",
      "--",
      "sh",
      "-c",
      "echo $DATABASE_URL $REDIS_URL $API_TOKEN",
    ]);
    passwords = [...variables.out.matchAll(/:\/\/\w*:([A-Za-z0-9]{20,})@/g)].map((match) => match[1] ?? "");
    expect(variables.out).toContain(TOKEN);
    expect(passwords).toHaveLength(2);
  });

  it("stand in no object of the engine, no plan, no log, no message", async () => {
    const list = async (...words: readonly string[]): Promise<readonly string[]> =>
      (await must(["docker", ...words])).split("\n").filter((name) => name.includes(project.name));
    const containers = await list("ps", "-a", "--format", "{{.Names}}");
    const volumes = await list("volume", "ls", "--format", "{{.Name}}");
    expect(containers.length).toBeGreaterThan(6);
    const texts = await Promise.all([
      must(["docker", "inspect", ...containers, ...volumes]),
      must(["docker", "network", "inspect", project.named("gateway")]),
      ...containers.map((name) => run(["docker", "logs", name]).then((ran) => ran.text)),
      ...containers.map((name) => run(["docker", "top", name]).then((ran) => ran.text)),
      must(["docker", "image", "ls", "--format", "{{json .}}"]),
      ...[...new Set((await must(["docker", "inspect", "-f", "{{.Image}}", ...containers])).trim().split("\n"))].map(
        (image) => must(["docker", "history", "--no-trunc", image]),
      ),
    ]);
    const everything = [...texts, said].join("\n");
    expect(everything).toContain(project.name);
    for (const secret of [...passwords, TOKEN]) expect(everything.includes(secret)).toBe(false);
    expect(found(everything)).toEqual([]);
  });

  it("were in the arguments of no process while coop worked", () => {
    expect(argv.join("\n")).toContain(canary("the control of the watch"));
    expect(argv.some((line) => line.includes("apply\0--yes"))).toBe(true);
    const text = argv.join("\n");
    for (const secret of [...passwords, TOKEN]) expect(text.includes(secret)).toBe(false);
  });

  it("are in the environment of no container, only of the processes that were started with them", async () => {
    for (const name of ["service.db", "service.cache", "sandbox.sibling.0", "forwarder.sandbox.coder.0", "gateway"]) {
      const environments = await shell(project.named(name), "cat /proc/[0-9]*/environ 2>/dev/null | tr '\\0' '\\n'", {
        user: "0",
      });
      for (const secret of [...passwords, TOKEN]) expect(environments.includes(secret), name).toBe(false);
    }
  });
});

describe("an agent that does not list a service", () => {
  it("reaches it by no name and no address; one that lists it does", async () => {
    const to = (host: string): readonly Probe[] => [
      ["dial", host, 5432, "word"],
      ["query", "127.0.0.1", host, 1, "udp"],
      ["proxied", `${host}:5432`, "word"],
    ];
    const asks = (): readonly Probe[] => ["db", project.named("service.db"), `db.${project.name}`].flatMap(to);
    expect((await probe(coder, [["query", "127.0.0.1", "db", 1, "udp"]]))[0]).toBe("reached 1 answers");
    // The question whether it speaks TLS, which Postgres answers with one letter.
    const asking =
      "import socket; s = socket.create_connection(('db', 5432), 5); s.sendall(bytes([0, 0, 0, 8, 4, 210, 22, 47])); print(s.recv(1))";
    expect((await inside(coder, ["python3", "-c", asking])).out).toMatch(/b'[SN]'/);
    const lines = await probe(sibling, asks());
    expect(lines.filter((line) => !line.startsWith("no "))).toEqual([]);
    const address =
      /127\.\d+\.\d+\.\d+/.exec(
        await shell(coder, "python3 -c \"import socket; print(socket.gethostbyname('db'))\""),
      )?.[0] ?? "";
    expect(address).not.toBe("");
    expect(
      (
        await probe(sibling, [
          ["tcp", address, 5432, "word"],
          ["tcp", "127.0.0.1", 5432, "word"],
        ])
      ).filter((line) => !line.startsWith("no ")),
    ).toEqual([]);
  });

  it("sees nothing of its sibling's workspace", async () => {
    const mark = `MARK${randomBytes(8).toString("hex")}`;
    const workspace = (await shell(coder, "pwd")).trim();
    await shell(coder, `echo ${mark} > work-of-coder; echo ${mark} > /tmp/scratch; echo ${mark} > /dev/shm/shared`);
    expect(await readEverything(coder, [workspace, "/tmp", "/dev/shm"], "1000")).toContain(mark);
    expect(await readEverything(sibling, ["/"], "0")).not.toContain(mark);
  });
});
