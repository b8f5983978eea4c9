import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { main } from "../../src/cli/main.ts";
import { aShell } from "../support/shell.ts";

describe("the command line", () => {
  it("prints its version", async () => {
    const shell = aShell();
    expect(await main(["--version"], shell)).toBe(0);
    expect(shell.answered()).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  it.for<[readonly string[], string]>([
    [["exe"], "Did you mean exec?"],
    [["plan", "--jso"], "Did you mean --json?"],
    [["apply", "--parallelism", "0"], "0 is no whole number above 0"],
    [["explain"], "missing required argument 'url'"],
    [["plan", "--fail-on", "everything"], "Allowed choices are loosening"],
  ])("helps with %s", async ([words, help]) => {
    const shell = aShell();
    expect(await main(words, shell)).toBe(1);
    expect(shell.said()).toContain(help);
  });

  it("hides what is not for people", async () => {
    const shell = aShell();
    await main(["--help"], shell);
    expect(shell.answered()).not.toContain("internal");
  });

  it("completes in bash what it declares", async () => {
    const shell = aShell();
    expect(await main(["completion", "bash"], shell)).toBe(0);
    const script = `${shell.answered()}\nCOMP_WORDS=(coop pl) COMP_CWORD=1; _coop; echo "$COMPREPLY"`;
    expect(execFileSync("bash", ["-c", script], { encoding: "utf8" }).trim()).toBe("plan");
  });

  it("refuses to complete in an unknown shell, naming those it knows", async () => {
    const shell = aShell();
    expect(await main(["completion", "tcsh"], shell)).toBe(1);
    expect(shell.said()).toContain("bash, zsh, fish");
  });
});
