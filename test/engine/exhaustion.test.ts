import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { must, run } from "../e2e/support/command.ts";
import { COOP, aProject } from "../e2e/support/project.ts";
import type { Project } from "../e2e/support/project.ts";
import { fileScope } from "../e2e/support/scope.ts";
import { engineProxy } from "../faults/engine-proxy.ts";
import { isMutating } from "../faults/engine-call.ts";
import { faultedRun } from "../faults/faulted-run.ts";

const scope = fileScope();

const small = { run: ["sleep", "infinity"], resources: { cpus: 0.5, memory: "64MiB", pids: 32 } };
const file = (mode: string): Readonly<Record<string, unknown>> => ({
  agents: {
    one: { ...small, workspace: { mode: "clone", path: "/work" }, environment: { MODE: mode } },
    two: { ...small, workspace: "none", egress: ["site"], environment: { MODE: mode } },
  },
  egress: { rules: [{ name: "site", host: "site.example.com", ports: [80], protocol: "http" }] },
});

async function expectMended(project: Project): Promise<void> {
  await project.apply();
  const planned = await project.coop(["plan", "--detailed-exitcode"]);
  expect(planned.code, planned.text).toBe(0);
}

describe("an engine that restarts in the middle of an apply", () => {
  let project: Project;
  beforeAll(async () => {
    project = await aProject(scope, file("none yet"));
  });

  it.for([3, 9, 16])("is told as such at call %i, and the next apply mends it", async (at) => {
    project.write(file(`before ${at}`));
    await project.coop(["destroy", "--yes"]);
    const path = join(project.root, "..", "engine.sock");
    const proxy = await engineProxy({ path, engine: "/var/run/docker.sock", project: project.name });
    try {
      let [count, back] = [0, Promise.resolve()];
      const ran = await faultedRun(
        proxy,
        { program: [COOP, "apply", "--yes"], cwd: project.root, env: project.environment },
        (call) => {
          count += isMutating(call) ? 1 : 0;
          if (isMutating(call) && count === at) back = proxy.restart(3000);
          return null;
        },
      );
      await back;
      expect(ran.code, ran.text).toBe(1);
      expect(ran.text).toContain("The connection to Docker broke while it was to");
      expect(ran.text).not.toContain("bug of coop");
    } finally {
      await proxy.close();
    }
    await expectMended(project);
  });
});

describe("a disk without room for what coop writes", () => {
  it.for([
    ["what a workspace was made of, beside the repository", ".git/coop"],
    ["the user's state folder", "../home/.local/state/coop"],
  ] as const)("is told with the place, and one apply mends it: %s", async ([, place]) => {
    const project = await aProject(scope, {
      ...file("one"),
      // A certificate of the project's own, which lies in the state folder.
      egress: {
        rules: [{ name: "site", host: "site.example.com", methods: ["GET"] }],
      },
    });
    const folder = join(project.root, place);
    mkdirSync(folder, { recursive: true });
    await must(["mount", "-t", "tmpfs", "-o", "size=64k", "none", folder]);
    scope.later(() => run(["umount", "-l", folder]));
    const filler = join(folder, "filler");
    await run(["sh", "-c", `cat /dev/zero > ${filler}`]);
    const ran = await project.coop(["apply", "--yes"]);
    expect(ran.code, ran.text).toBe(1);
    expect(ran.text).toMatch(/SYSTEM_REFUSED: .*no space is left there/);
    expect(ran.text, "names the place").toMatch(/\.git\/coop|\.local\/state\/coop/);
    rmSync(filler);
    await expectMended(project);
    writeFileSync(join(folder, "probe"), "room again");
  });
});

describe("a process that may open few files", () => {
  it("ends with a clear word or does its work, and one apply mends what it left", async () => {
    const project = await aProject(scope, file("one"));
    const words: string[] = [];
    for (const limit of [22, 26, 30, 40]) {
      const command = `ulimit -n ${limit}; exec "${COOP}" apply --yes`;
      const ran = await run(["bash", "-c", command], { cwd: project.root, env: project.environment });
      expect([0, 1], ran.text).toContain(ran.code);
      if (ran.code === 0) continue;
      words.push(ran.text);
      expect(ran.text, `at ${limit}`).toMatch(/too many (open files|files open)|EMFILE/i);
      expect(ran.text, `at ${limit}`).not.toContain("bug of coop");
    }
    expect(words, "a limit that is felt").not.toEqual([]);
    await expectMended(project);
  });
});
