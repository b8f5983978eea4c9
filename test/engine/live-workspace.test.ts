import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { eventually, run } from "../e2e/support/command.ts";
import { aProject } from "../e2e/support/project.ts";
import type { Project } from "../e2e/support/project.ts";
import { fileScope } from "../e2e/support/scope.ts";
import { inspect } from "../support/by-hand.ts";
import { engine, engineMaybe, runIn } from "../support/raw-engine.ts";

const SECRET = "CANARY-4711";
const USER = process.getuid?.() || 1000;

const scope = fileScope();
let project: Project;
let container: string;

beforeAll(async () => {
  project = await aProject(scope, { agents: { coder: { run: "shell", workspace: "live" } } }, { files: TREE });
  mkdirSync(join(project.root, "moved"));
  execFileSync("chown", ["-R", `${USER}:${USER}`, project.root]);
  container = project.named("sandbox.coder.0");
});

const TREE = {
  ".env": SECRET,
  "deep/er/server.pem": SECRET,
  "secrets/token": SECRET,
  "src/x.ts": "x",
  "vendor/lib/.git": "gitdir: ../../elsewhere",
};

const inside = (script: string): Promise<string> => runIn(container, ["sh", "-c", `cd "$PWD"; ${script}`]);
const host = (path: string): string => join(project.root, path);
const paused = async (): Promise<boolean> => (await inspect(container))["State"].Paused;
const git = (...args: readonly string[]): string =>
  execFileSync("git", ["-c", "safe.directory=*", "-C", project.root, ...args], { encoding: "utf8" });

/** As every editor saves: a new file under the old name. */
function save(path: string, text: string): void {
  writeFileSync(host(`${path}.tmp~`), text);
  renameSync(host(`${path}.tmp~`), host(path));
}

/** Until the sandbox stands still; gives how long that took. */
async function untilFrozen(): Promise<number> {
  const began = performance.now();
  while (!(await paused())) {
    if (performance.now() - began > 30_000) throw new Error("the sandbox was not frozen");
    await sleep(5);
  }
  return Math.round(performance.now() - began);
}

async function status(): Promise<string> {
  return (await project.coop(["status"])).text;
}

function watchers(): readonly string[] {
  return readdirSync("/proc").filter((pid) => {
    try {
      const words = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
      return words.includes("internal-live-watch") && words.includes(host("coop.yaml"));
    } catch {
      return false;
    }
  });
}

describe("a sandbox on the live tree", () => {
  beforeEach(async () => void (await project.apply()));

  it("is told as what it is before it is made, and is converged afterwards", async () => {
    await project.coop(["destroy", "--yes"]);
    const plan = await project.coop(["plan"]);
    expect(plan.text).toContain(`may write to the live tree ${project.root}`);
    expect(plan.text).toContain("coder works on your live tree");
    await project.apply();
    const after = await project.coop(["plan", "--detailed-exitcode"]);
    expect(after.code, after.text).toBe(0);
    expect(watchers()).toHaveLength(1);
  });

  it("reads nothing of what is hidden, by no way", async () => {
    const read =
      "cat .env deep/er/server.pem; ls secrets; ln -sf ../.env src/link; cat src/link; ln .env src/hard; cat src/hard; grep -r CANARY . ; rm -f src/link";
    expect(await inside(read)).not.toContain(SECRET);
    expect(readFileSync(host(".env"), "utf8")).toBe(SECRET);
    expect(await paused()).toBe(false);
  });

  it("works on the tree itself", async () => {
    await inside("echo written > src/new.ts");
    expect(readFileSync(host("src/new.ts"), "utf8")).toBe("written\n");
  });

  it.for([
    ["write over a cover", "echo x > .env"],
    ["remove a cover", "rm -f .env"],
    ["rename a cover", "mv .env y"],
    ["move something over a cover", "echo x > z; mv -f z .env"],
    ["make a file in a covered folder", "touch secrets/mine"],
    ["rename the folder above a cover", "mv deep/er deep/away"],
    ["rename the folder above that", "mv deep away"],
    ["write to .git", "echo x >> .git/config"],
    ["make a hook", "echo x > .git/hooks/pre-commit"],
    ["rename .git", "mv .git away"],
    ["rename the folder above another repository", "mv vendor away"],
    ["point another repository elsewhere", "echo 'gitdir: /evil' > vendor/lib/.git"],
    ["unmount a cover", "umount .env"],
  ] as const)("cannot %s", async ([, script]) => {
    expect(await inside(`if ( ${script} ) 2>/dev/null; then echo DONE; else echo REFUSED; fi; rm -f z`)).toContain(
      "REFUSED",
    );
    expect(readFileSync(host(".env"), "utf8")).toBe(SECRET);
  });

  it("sees what git writes on the host, and still cannot write there", async () => {
    git("config", "test.value", "seen");
    expect(git("config", "test.value").trim()).toBe("seen");
    expect(await inside("cat .git/config; echo x >> .git/config || echo REFUSED")).toMatch(/value = seen[^]*REFUSED/);
    expect(git("config", "--list")).not.toContain("x=");
    expect(await paused()).toBe(false);
  });
});

describe("a cover that is lost", () => {
  beforeEach(async () => void (await project.apply()));

  it.for([
    ["an atomic save over a covered file", () => save(".env", `${SECRET}-2`), ".env"],
    ["a new secret", () => writeFileSync(host("src/new.pem"), SECRET), "src/new.pem"],
    ["a folder that is renamed", () => renameSync(host("deep"), host(`moved/deep-${Date.now()}`)), "deep"],
    [
      "a secret in a folder that is moved in",
      () => (
        execFileSync("sh", ["-c", `mkdir -p ${host("../in/a/b")} && echo ${SECRET} > ${host("../in/a/b/.npmrc")}`]),
        renameSync(host("../in"), host(`moved/in-${Date.now()}`))
      ),
      ".npmrc",
    ],
    ["new rules", () => writeFileSync(host(".coopignore"), "*.hidden\n"), ".coopignore"],
  ] as const)("freezes it: %s", async ([what, change, path]) => {
    const before = await inspect(container);
    change();
    const tookMs = await untilFrozen();
    console.log(`${what}: frozen after ${tookMs} ms`); // oxlint-disable-line no-console -- the measured number is what this is for
    expect(await status()).toMatch(new RegExp(`frozen: .*${path.replaceAll(".", "\\.")}`));
    // Nobody lets it go by hand.
    await engine("POST", `/containers/${container}/unpause`);
    await untilFrozen();
    const plan = await project.coop(["plan"]);
    expect(plan.text).toMatch(/± container:sandbox\.coder\.0/);
    expect(plan.text).toContain("take such a secret for known");
    await project.apply();
    const after = await inspect(container);
    expect(after["Id"]).not.toBe(before["Id"]);
    expect(after["State"].Paused).toBe(false);
    expect(await inside("grep -r CANARY . || echo CLEAN")).toMatch(/^CLEAN/);
    expect((await project.coop(["plan", "--detailed-exitcode"])).code).toBe(0);
  });

  it("freezes it when it makes a repository that git on the host would run", async () => {
    await inside("mkdir -p src/sub/.git").catch(() => undefined);
    await untilFrozen();
    expect(await status()).toContain("src/sub/.git");
    await project.apply();
    expect(await inside("echo x > src/sub/.git/config && echo DONE || echo REFUSED")).toContain("REFUSED");
  });
});

describe("a session on the live tree", () => {
  it("works there, and ends with the reason when a secret appears", async () => {
    const works = await project.coop(["run", "-T", "--", "sh", "-c", "echo made > src/made; cat .env"]);
    expect(works.code, works.text).toBe(0);
    expect(works.out).toBe("");
    expect(readFileSync(host("src/made"), "utf8")).toBe("made\n");
    const script = "touch src/running; sleep 120";
    const running = project.coop(["run", "-T", "--", "sh", "-c", script]);
    await eventually("the session runs", () => existsSync(host("src/running")));
    writeFileSync(host("src/appeared.pem"), SECRET);
    const ended = await running;
    expect(ended.code).toBe(130);
    expect(ended.text).toContain('frozen: "src/appeared.pem" appeared');
  });
});

describe("events that drown others", () => {
  it("do not hide a lost cover", async () => {
    await project.apply();
    const flood = inside("i=0; while [ $i -lt 60000 ]; do : > src/flood; rm src/flood; i=$((i+1)); done").catch(
      () => "",
    );
    await sleep(500);
    save(".env", `${SECRET}-4`);
    const tookMs = await untilFrozen();
    console.log(`in a flood of events: frozen after ${tookMs} ms`); // oxlint-disable-line no-console -- the measured number is what this is for
    await project.apply();
    await flood;
  });
});

describe("the watcher", () => {
  beforeEach(async () => void (await project.apply()));

  it("is missed when it was killed, and put back with new covers", async () => {
    const [pid] = watchers();
    process.kill(Number(pid), "SIGKILL");
    await sleep(200);
    expect(await status()).toContain("unwatched");
    save(".env", `${SECRET}-3`);
    await project.apply();
    expect(watchers()).toHaveLength(1);
    expect(await status()).toContain("As the file says.");
    expect(await inside("cat .env")).not.toContain(SECRET);
  });

  it("freezes the sandbox when it is asked to end", async () => {
    process.kill(Number(watchers()[0]), "SIGTERM");
    await untilFrozen();
    expect(await status()).toContain("unwatched");
  });

  it("ends with its container", async () => {
    await project.coop(["destroy", "--yes"]);
    expect(await engineMaybe("GET", `/containers/${container}/json`)).toBeNull();
    for (let tries = 0; watchers().length > 0 && tries < 100; tries += 1) await sleep(100);
    expect(watchers()).toEqual([]);
  });
});

describe("a live tree that is refused", () => {
  it("is one that the sandbox's user cannot write, with its line", async () => {
    const other = await aProject(scope, { agents: { coder: { run: "shell", workspace: "live" } } });
    execFileSync("chown", ["-R", "4711:4711", other.root]);
    const refused = await run([
      join(import.meta.dirname, "../../bin/coop"),
      "plan",
      "-f",
      join(other.root, "coop.yaml"),
    ]);
    expect(refused.code).toBe(3);
    expect(refused.text).toMatch(/COOP3001[^]*cannot write[^]*coop\.yaml:\d+/);
  });
});
