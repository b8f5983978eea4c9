import { randomBytes } from "node:crypto";
import { execFileSync } from "node:child_process";
import { readFile, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { filesThatHold, holds, processesThatHold, RealUser } from "./real-coop.ts";
import type { RealRun } from "./real-coop.ts";

// Another run on the same machine has values of its own, which its processes may hold.
const OF_THIS_RUN = randomBytes(8).toString("hex");
const PASSPHRASE = `canary-passphrase-${OF_THIS_RUN}`;
const STORED = `canary-stored-${OF_THIS_RUN}`;
const ROTATED = `canary-rotated-${OF_THIS_RUN}`;
const OF_VARIABLE = `canary-variable-${OF_THIS_RUN}`;
const OF_PROGRAM = `canary-program-${OF_THIS_RUN}`;
const OF_FILE = `canary-file-${OF_THIS_RUN}`;
const SECRETS = [PASSPHRASE, STORED, ROTATED, OF_VARIABLE, OF_PROGRAM, OF_FILE];
const by = { passphrase: PASSPHRASE };

const CORE_HERE = await readFile("/proc/sys/kernel/core_pattern", "utf8").then(
  (pattern) => /^core(?:\.%p)?\s*$/u.test(pattern),
  () => false,
);

describe("values of a user who works with the real command line", () => {
  let user: RealUser;
  const runs: RealRun[] = [];
  // Where this test has put values itself.
  const own = new Set<string>();

  beforeAll(async () => {
    user = await RealUser.make({ TOKEN: OF_VARIABLE });
    const run = async (words: string, given: Parameters<RealUser["coop"]>[1] = {}): Promise<RealRun> => {
      const ran = await user.coop(words.split(" "), given);
      runs.push(ran);
      return ran;
    };
    await user.write("secret.txt", OF_FILE);
    // Tells afterwards what it was given, and who had started it.
    const script = `tr '\\0' '\\n' < /proc/self/environ > "$HOME/seen"; cat /proc/self/cmdline /proc/$PPID/cmdline >> "$HOME/seen"; printf ${OF_PROGRAM}`;
    await user.write("own-program.sh", script);
    await user.settings(
      JSON.stringify({
        sources: {
          program: { exec: ["sh", join(user.home, "own-program.sh")] },
          file: "file:~/secret.txt",
          token: "env:TOKEN",
          gone: "file:~/gone",
        },
      }),
    );
    await user.write(".config/coop/providers/mine.yaml", PROVIDER);
    for (const each of ["secret.txt", "own-program.sh"]) own.add(join(user.home, each));
    await user.write("coop.yaml", JSON.stringify(FILE));
    execFileSync("git", ["-C", user.home, "init", "--quiet"]);

    await run("credentials init", by);
    await run("credentials set github --provider github --note fine --json", { ...by, input: STORED });
    await run("credentials set github --provider github --note fine", { ...by, input: `${STORED}\n` });
    await run("credentials set github", { ...by, input: ROTATED });
    await run("credentials rotate github", { ...by, input: ROTATED });
    await run("credentials set aws --provider aws", { ...by, input: STORED });
    await run("credentials set broken --kind oauth", { ...by, input: `{"token": ${STORED}}` });
    await run("credentials rotate github", { passphrase: `${PASSPHRASE}x`, input: STORED });
    await run("credentials set github x", { input: STORED });
    for (const words of ["list", "list --json", "show github --meta --json", "grants", "grants --json"])
      await run(`credentials ${words}`);
    await run("credentials show github --json", by);
    await run("credentials show github");
    await run("credentials grant");
    // Addresses of nobody: what is sent there is refused at once, and the error is what is looked at.
    for (const name of ["github", "token", "program", "file", "gone"])
      await run(`credentials test ${name} --provider mine --json`);
    await run("credentials export copy.vault", by);
    await run("validate");
    await run("compile --json");
    await run("credentials unlock --for 5m", by);
  }, 240_000);

  afterAll(() => user.remove());

  it("are used: the commands did what they are for", () => {
    const [init, , set] = runs;
    expect(init?.code).toBe(0);
    expect(set).toMatchObject({ code: 0, err: expect.stringContaining('Stored "github"') });
    expect(runs.at(-1)).toMatchObject({ code: 0, err: expect.stringContaining("Unlocked until") });
    expect(runs.filter((each) => /granted: /u.test(each.out))).toHaveLength(1);
    expect(runs.filter((each) => /mistake/u.test(each.err))).toEqual([]);
    expect(runs.filter((each) => each.out.includes('"verdict"')).length).toBeGreaterThanOrEqual(3);
  });

  it("are in nothing that was printed, as they are or in another coding", () => {
    expect(user.heard.filter((each) => holds(Buffer.from(each), SECRETS))).toEqual([]);
  });

  it("are in no file but those that the user wrote themselves", async () => {
    const found = await filesThatHold(user.home, SECRETS);
    expect(found.filter((each) => !own.has(each))).toEqual([]);
    expect(found.toSorted()).toEqual([...own].toSorted());
  });

  it("are in nothing that a program of the user's was given", async () => {
    const seen = await readFile(join(user.home, "seen"));
    expect(seen.toString()).toContain(`HOME=${user.home}`);
    expect(holds(seen, SECRETS)).toBe(false);
  });

  it("are in no command line and no environment, while the agent holds the key", async () => {
    const agents = await agentsOf(user);
    expect(agents).toHaveLength(1);
    expect(await processesThatHold(SECRETS, new Set([process.pid]))).toEqual([]);
    const [agent = ""] = agents;
    const environment = (await readFile(`/proc/${agent}/environ`, "latin1"))
      .split("\0")
      .map((each) => each.split("=")[0]);
    expect(environment.filter((each) => each !== "")).toEqual(["HOME", "PATH", "XDG_RUNTIME_DIR"]);
    expect(await readFile(`/proc/${agent}/coredump_filter`, "latin1")).toBe("00000000\n");
  });

  it("open by the agent, until it is locked", async () => {
    expect(await user.coop(["credentials", "show", "github"])).toMatchObject({ code: 0 });
    expect(await user.coop(["credentials", "lock"])).toMatchObject({ code: 0, err: "Locked.\n" });
    expect(await user.coop(["credentials", "show", "github"])).toMatchObject({
      err: expect.stringContaining("VAULT_LOCKED"),
    });
    await expect.poll(() => agentsOf(user), { timeout: 20_000 }).toEqual([]);
    expect(await readdir(join(user.home, "run/coop"))).toEqual([]);
  });

  describe.runIf(CORE_HERE)("when the process is killed with a core dump", () => {
    it("are in the dump of a program that takes no care: this machine does make dumps", async () => {
      const folder = join(user.home, "control");
      await writeFile(
        join(user.home, "control.mjs"),
        `process.chdir(process.argv[2]); globalThis.kept = Buffer.from("canary-" + "control-" + 42 * 2); process.abort();`,
      );
      execFileSync("mkdir", [folder]);
      try {
        execFileSync(
          "sh",
          ["-c", `ulimit -c unlimited; exec "$0" "$@"`, process.execPath, join(user.home, "control.mjs"), folder],
          { stdio: "ignore" },
        );
      } catch {
        // It aborts: that is what it is for.
      }
      const found = await filesThatHold(folder, ["canary-control-84"]);
      expect(found).toHaveLength(1);
      execFileSync("rm", ["-r", folder]);
    });

    it.for<["main" | "bin", number]>([
      ["main", 1],
      ["bin", 0],
    ])("are in no dump of coop, by %s", async ([by, dumps]) => {
      // The value of `file` is read, and `slow` is being read, when it is killed.
      await user.write("slow.sh", 'touch "$HOME/slow-runs"; sleep 60');
      await user.settings(
        JSON.stringify({
          sources: { file: "file:~/secret.txt", slow: { exec: ["sh", join(user.home, "slow.sh")], timeout: "60s" } },
        }),
      );
      execFileSync("rm", ["-f", join(user.home, "slow-runs")]);
      const { pid, folder, ended } = await user.dumping(["credentials", "test", "slow", "--provider", "mine"], by);
      await expect.poll(() => readdir(user.home), { timeout: 50_000 }).toContain("slow-runs");
      process.kill(pid, "SIGABRT");
      await ended;
      expect(await readdir(folder)).toHaveLength(dumps);
      // The variable is in the process's own environment, and so in its memory from the start.
      expect(await filesThatHold(folder, SECRETS)).toEqual([]);
    });
  });
});

// Nobody listens there.
const PROVIDER = `version: coop/provider/v1
name: mine
description: A server of this test
placeholder: "mine-{alnum:20}"
places: [{ hosts: [mine.example], query: key }]
test: { url: "https://mine.example/tried" }
`;

const FILE = {
  version: "coop/v1",
  project: "canary",
  agents: { coder: { run: ["true"], egress: ["forge"], environment: { A: { env: "TOKEN" } } } },
  egress: { rules: [{ name: "forge", host: "api.github.com", credential: "github" }] },
  credentials: { github: { provider: "github" }, token: { provider: "github", from: "env:TOKEN" } },
};

async function agentsOf(user: RealUser): Promise<readonly string[]> {
  const found: string[] = [];
  for (const pid of await readdir("/proc")) {
    const line = /^\d+$/u.test(pid) ? await readFile(`/proc/${pid}/cmdline`, "latin1").catch(() => "") : "";
    if (line.includes("internal-unlock-agent") && line.includes(user.home)) found.push(pid);
  }
  return found;
}
