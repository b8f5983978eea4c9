import { mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { eventually, must } from "./support/command.ts";
import { inspect, shell } from "./support/containers.ts";
import { aProject } from "./support/project.ts";
import type { FileValue } from "./support/project.ts";
import { fileScope } from "./support/scope.ts";

const scope = fileScope();

const SAYS = 'printf "%s|" "$COOP_TASK"; cat "$COOP_TASK_FILE"; echo "|$COOP_TASK_FILE"; exec sleep infinity';

const tasksOf = (tasks: string, agent: FileValue = {}): FileValue => ({
  agents: { worker: { run: ["sh", "-c", SAYS], resources: { memory: "128MiB" }, ...agent } },
  fleets: { nightly: { agent: "worker", tasks } },
});

describe("a fleet of tasks", () => {
  it("gives each member of a command agent its task, by its text and by its file", async () => {
    const project = await aProject(scope, tasksOf("tasks/*.md"), {
      files: { "tasks/One of two.md": 'Mend it.\n"Now" $HOME\n', "tasks/b.md": "Test it." },
    });
    await project.apply();
    const said = async (member: string): Promise<string> => {
      const name = project.named(`sandbox.nightly.${member}`);
      await eventually("it has spoken", async () => (await must(["docker", "logs", name])).includes(".md"));
      return must(["docker", "logs", name]);
    };
    const first = 'Mend it.\n"Now" $HOME\n';
    expect(await said("one-of-two")).toBe(`${first}|${first}|${project.root}/tasks/One of two.md\n`);
    expect(await said("b")).toBe(`Test it.|Test it.|${project.root}/tasks/b.md\n`);
    expect((await project.coop(["plan", "--detailed-exitcode"])).code).toBe(0);
    // Another text is another task; who has the other one goes on.
    const kept = (await inspect(project.named("sandbox.nightly.b"))).Id;
    project.put({ "tasks/One of two.md": "Mend something else." });
    await project.apply();
    expect((await inspect(project.named("sandbox.nightly.b"))).Id).toBe(kept);
    expect(await shell(project.named("sandbox.nightly.one-of-two"), 'echo "$COOP_TASK"')).toBe(
      "Mend something else.\n",
    );
  });

  it("is the prompt of an agent CLI", async () => {
    const project = await aProject(scope, tasksOf("tasks/*.md", { run: "claude" }), {
      files: { "tasks/b.md": "Test it." },
    });
    const compiled = await project.coop(["compile", "--json"]);
    expect(compiled.code, compiled.text).toBe(0);
    const objects: readonly { readonly id: string; readonly body: { readonly Entrypoint: readonly string[] } }[] =
      JSON.parse(compiled.out);
    const sandbox = objects.find((each) => each.id === "container:sandbox.nightly.b");
    // Behind what puts the CLI's own files into its home.
    expect(sandbox?.body.Entrypoint.slice(-4)).toEqual(["claude", "--dangerously-skip-permissions", "-p", "Test it."]);
  });

  it("says that no file matches", async () => {
    const project = await aProject(scope, tasksOf("tasks/*.md"));
    const planned = await project.coop(["plan"]);
    expect(planned.out).toContain("no file matches");
    expect(planned.out).toContain("nightly");
  });
});

describe("a task may hold nothing that is hidden from its sandbox", () => {
  const SECRET = "hunter2-hunter2";
  const attacks: readonly (readonly [name: string, file: FileValue, link: string | null])[] = [
    ["the built-in list hides it", tasksOf(".env"), null],
    ["a glob reaches it", tasksOf(".e*"), null],
    ["a link in the repository leads to it", tasksOf("tasks/*.md"), "../.env"],
    ["a link leads out of the repository", tasksOf("tasks/*.md"), "/etc/hostname"],
    ["it is a prompt file", { agents: { worker: { run: "claude", promptFile: ".env" } } }, null],
    ["it is a prompt file by a link", { agents: { worker: { run: "claude", promptFile: "tasks/x.md" } } }, "../.env"],
    [
      "the agent's own patterns hide it",
      { agents: { worker: { run: "claude", promptFile: "notes.txt", ignore: ["notes.txt"] } } },
      null,
    ],
  ];

  it.for(attacks)("%s", async ([, file, link]) => {
    const project = await aProject(scope, file, {
      files: { "tasks/a.txt": "A task.", "notes.txt": SECRET, ".gitignore": ".env\n" },
    });
    writeFileSync(join(project.root, ".env"), `KEY=${SECRET}\n`);
    if (link !== null) symlinkSync(link, join(project.root, "tasks/x.md"));
    for (const command of [["compile"], ["plan", "--json"], ["apply", "--yes"]]) {
      const ran = await project.coop(command);
      expect(ran.code, ran.text).toBe(1);
      expect(ran.err).toMatch(/hidden from the sandbox|leads out of the repository/);
      expect(ran.text).not.toContain(SECRET);
      expect(ran.text).not.toContain("coop made a mistake");
    }
  });

  it("and a file that it may see can be: the control", async () => {
    const file = { agents: { worker: { run: "claude", promptFile: "notes.txt" } } };
    const project = await aProject(scope, file, { files: { "notes.txt": SECRET } });
    expect((await project.coop(["compile"])).out).toContain(SECRET);
  });
});

describe("a coop.yaml", () => {
  it("that lies below the root names files relative to itself", async () => {
    const project = await aProject(scope, {});
    const folder = join(project.root, "service");
    mkdirSync(join(folder, "tasks"), { recursive: true });
    writeFileSync(
      join(folder, "coop.yaml"),
      JSON.stringify({ version: "coop/v1", project: project.name, ...tasksOf("tasks/*.md") }),
    );
    writeFileSync(join(folder, "tasks/a.md"), "Below.");
    rmSync(join(project.root, "coop.yaml"));
    const compiled = await project.coop(["compile"], { cwd: folder });
    expect(compiled.code, compiled.text).toBe(0);
    expect(compiled.out).toContain("COOP_TASK=Below.");
    expect(compiled.out).toContain(`COOP_TASK_FILE=${project.root}/service/tasks/a.md`);
  });

  it("that is named through a link hides what it says, all the same", async () => {
    const file = { agents: { worker: { run: "shell" } }, ignore: { patterns: ["private/"] } };
    const project = await aProject(scope, file, { files: { "private/x": "hidden" } });
    const link = join(project.root, "../link");
    symlinkSync(project.root, link);
    const applied = await project.coop(["apply", "--yes", "-f", join(link, "coop.yaml")], { cwd: "/" });
    expect(applied.code, applied.text).toBe(0);
    expect((await shell(project.named("sandbox.worker.0"), "ls")).trim().split("\n")).toEqual([
      "README.md",
      "coop.yaml",
    ]);
  });
});
