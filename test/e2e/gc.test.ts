import { mkdtempSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { must } from "./support/command.ts";
import { images } from "./support/containers.ts";
import { aProject } from "./support/project.ts";
import type { Project } from "./support/project.ts";
import { fileScope } from "./support/scope.ts";

const scope = fileScope();

const FILE = {
  agents: { coder: { run: ["sleep", "infinity"], volumes: ["cache:/cache"], resources: { memory: "128MiB" } } },
};

/** All that the engine has under a project's label. */
async function objectsOf({ name }: Project): Promise<readonly string[]> {
  const lists = [
    ["ps", "-a", "--format", "{{.Names}}"],
    ["network", "ls", "--format", "{{.Name}}"],
    ["volume", "ls", "--format", "{{.Name}}"],
  ];
  const found = await Promise.all(
    lists.map((list) => must(["docker", ...list, "--filter", `label=coop.dev/project=${name}`])),
  );
  return found.flatMap((text) => text.split("\n").filter((line) => line !== ""));
}

describe("coop gc", () => {
  it("finds a project whose folder is gone, keeps its data without a yes of its own, and leaves others alone", async () => {
    const [dead, living] = [await aProject(scope, FILE), await aProject(scope, FILE)];
    await dead.apply();
    await living.apply();
    // A container with a copy of the labels is somebody's own.
    const copy = scope.unique();
    const labels = ["project", "id", "repository"].flatMap((each) => [
      "--label",
      `coop.dev/${each}=${{ project: dead.name, id: "container:sandbox.coder.0", repository: dead.root }[each]}`,
    ]);
    await must(["docker", "create", "--name", copy, ...labels, images().base, "true"]);
    const before = await objectsOf(living);
    const elsewhere = mkdtempSync(join(tmpdir(), "coop-e2e-"));
    scope.later(() => rmSync(elsewhere, { recursive: true, force: true }));
    const gc = (...words: readonly string[]): ReturnType<Project["coop"]> =>
      living.coop(["gc", "--project", dead.name, ...words], { cwd: elsewhere });

    expect((await gc("--yes")).out).toBe("");
    const moved = `${dead.root}-moved`;
    renameSync(dead.root, moved);
    const shown = await gc("--json");
    expect(JSON.parse(shown.out).leftovers).toContainEqual(
      expect.objectContaining({ kind: "container", name: dead.named("sandbox.coder.0"), running: true }),
    );
    // Nobody could be asked.
    expect(shown.code).toBe(4);
    expect(await objectsOf(dead)).toContain(dead.named("sandbox.coder.0"));

    const removed = await gc("--yes");
    expect(removed.code, removed.text).toBe(0);
    expect(removed.err).toContain("--delete-data");
    const data = [dead.named("volume.cache"), dead.named("workspace.coder.0")];
    expect((await objectsOf(dead)).toSorted()).toEqual([copy, ...data].toSorted());
    expect((await gc("--yes", "--delete-data")).code).toBe(0);
    expect(await objectsOf(dead)).toEqual([copy]);
    expect(await objectsOf(living)).toEqual(before);
    // What the folder remembered of its workspace goes when somebody works in it again.
    const gone = await dead.coop(["gc", "--yes", "--project", dead.name], { cwd: moved });
    expect(gone.err).toContain(`removed ref refs/coop/${dead.name}/coder/base`);
    expect(await must(["git", "for-each-ref", "refs/coop/"], { cwd: moved })).toBe("");
  });
});
