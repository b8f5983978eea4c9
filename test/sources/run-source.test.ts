import { mkdtemp, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { runSource, VALUE_LIMIT } from "../../src/sources/run-source.ts";
import type { SourceProgram } from "../../src/sources/run-source.ts";

const never = new AbortController().signal;

function run(script: string, differences: Partial<SourceProgram> = {}, signal = never): Promise<string> {
  const program = { command: [process.execPath, "-e", script], timeoutMs: 50_000, cwd: tmpdir(), environment: {} };
  return runSource({ ...program, ...differences }, signal);
}

describe("a program as a source", () => {
  it("gives what it prints", async () => {
    expect(await run(`process.stdout.write("value\\n")`)).toBe("value\n");
  });

  it("is given its arguments as they are: no shell reads them", async () => {
    const words = ["$HOME", "`id`", "a b", "; exit 1", "*"];
    const command = [process.execPath, "-e", "console.log(JSON.stringify(process.argv.slice(1)))", ...words];
    expect(JSON.parse(await run("", { command }))).toEqual(words);
  });

  it("is given no input, and only the environment that it may have", async () => {
    const script = `process.stdin.on("data", () => {}).on("end", () => console.log(JSON.stringify(process.env)))`;
    expect(JSON.parse(await run(script, { environment: { A: "1" } }))).toMatchObject({ A: "1" });
    expect(await run(script, { environment: { A: "1" } })).not.toContain("HOME");
  });

  it("is killed at its deadline with all that it started", async () => {
    const file = join(await mkdtemp(join(tmpdir(), "coop-exec-")), "pid");
    const script = `
      const child = require("node:child_process").spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { stdio: "inherit" });
      require("node:fs").writeFileSync(${JSON.stringify(file)}, String(child.pid));
      setInterval(() => {}, 1000)`;
    await expect(run(script, { timeoutMs: 3000 })).rejects.toThrow("did not end within 3 s");
    const pid = Number(await readFile(file, "utf8"));
    await expect.poll(() => isAlive(pid), { timeout: 20_000 }).toBe(false);
  });

  it("is killed when the user interrupts", async () => {
    const abort = new AbortController();
    const running = run("setInterval(() => {}, 1000)", {}, abort.signal);
    abort.abort();
    await expect(running).rejects.toThrow("was interrupted");
  });

  it("may not print without end", async () => {
    const script = `const write = () => { while (process.stdout.write("x".repeat(65536))) {} }; process.stdout.on("drain", write); write();`;
    await expect(run(script)).rejects.toThrow(`printed more than ${VALUE_LIMIT / 1024} KiB`);
  });

  it("fails with its code, and nothing that it said is repeated", async () => {
    const failure = await run(`console.error("canary"); console.log("canary"); process.exit(7)`).catch(String);
    expect(failure).toContain("ended with code 7");
    expect(failure).not.toContain("canary");
  });

  it("says that it is not installed", async () => {
    await expect(run("", { command: ["coop-no-such-program"] })).rejects.toThrow("is not installed, or not in PATH");
  });
});

// A zombie has ended: nobody in this container may be there to wait for it.
async function isAlive(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  return stat !== "" && !/\) Z /u.test(stat);
}
