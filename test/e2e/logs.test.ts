import { resolve } from "node:path";
import { beforeAll, expect, it } from "vitest";
import { eventually, must, run } from "./support/command.ts";
import { shell } from "./support/containers.ts";
import { aProject } from "./support/project.ts";
import type { Project } from "./support/project.ts";
import { fileScope } from "./support/scope.ts";

const scope = fileScope();
let project: Project;

/** Sets the title, asks the terminal who it is, goes up and writes over: what a terminal obeys. */
const ATTACK = "before\\033]0;owned\\007\\033[c\\033[1A\\033[2Kafter";

beforeAll(async () => {
  project = await aProject(scope, {
    agents: {
      coder: {
        run: ["sh", "-c", `printf '${ATTACK}\\n'; exec sleep infinity`],
        workspace: "none",
        egress: ["api"],
      },
    },
    egress: { rules: [{ name: "api", host: "api.example.com" }] },
  });
  await project.apply();
  await eventually("it has spoken", async () =>
    (await must(["docker", "logs", project.named("sandbox.coder.0")])).includes("after"),
  );
});

// A terminal of its own: what is written to it comes back here as bytes.
async function atTerminal(...args: readonly string[]): Promise<string> {
  const script = "import pty, sys\nsys.exit(pty.spawn(sys.argv[1:]))";
  const ran = await run(["python3", "-c", script, resolve("bin/coop"), ...args], {
    cwd: project.root,
    env: { HOME: `${project.root}/../home`, NO_COLOR: "1", TERM: "xterm" },
  });
  return ran.text;
}

it("shows a terminal what a sandbox printed and lets it obey nothing of it", async () => {
  const shown = await atTerminal("logs", "coder");
  expect(shown).not.toContain("\u001b");
  expect(shown).not.toContain("\u0007");
  expect(shown).toContain("before\\u{1b}]0;owned\\u{7}\\u{1b}[c");
  expect(shown).toContain("after");
});

it("hands it over as it is by --raw, and to a pipe always", async () => {
  expect(await atTerminal("logs", "--raw", "coder")).toContain("before\u001b]0;owned\u0007");
  const piped = await project.coop(["logs", "coder"]);
  expect(piped.out).toContain("before\u001b]0;owned\u0007\u001b[c\u001b[1A\u001b[2Kafter\n");
});

it("shows the gateway's decisions at a terminal as in a pipe", async () => {
  const ask = "curl -s --max-time 5 -o /dev/null -w %{http_code} -x http://127.0.0.1:3128 http://evil.example.com/";
  expect(await shell(project.named("sandbox.coder.0"), ask)).toBe("403");
  await eventually("it is written down", async () => (await project.coop(["logs", "--egress"])).out.includes("evil"));
  const shown = await atTerminal("logs", "--egress");
  expect(shown).toContain("DENY   agent/coder/0  evil.example.com:80");
  expect(shown).not.toContain("\u001b");
});

it("quotes nothing that a terminal would obey when something ends too early", async () => {
  const broken = await aProject(scope, {
    agents: { coder: { workspace: "none", services: ["db"] } },
    services: {
      db: {
        image: "redis:7",
        entrypoint: ["sh", "-c", `printf '${ATTACK}\\n'; exit 3`],
        healthcheck: { test: ["CMD-SHELL", "true"], interval: "1s", timeout: "1s", retries: 3 },
      },
    },
  });
  const ran = await broken.coop(["apply", "--yes"]);
  expect(ran.code).toBe(1);
  expect(ran.err).toContain("owned");
  expect(ran.err).not.toContain("\u001b");
});
