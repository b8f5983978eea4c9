import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { run } from "./support/command.ts";
import { inspect, shell } from "./support/containers.ts";
import { aProject } from "./support/project.ts";
import { fileScope } from "./support/scope.ts";

const scope = fileScope();

const DOCKERFILE = `ARG COOP_BASE_IMAGE
FROM $COOP_BASE_IMAGE
COPY . /context
COPY README.md /from-the-root
`;

it("builds from the whole repository as the agent may see it, wherever coop.yaml and Dockerfile lie", async () => {
  const file = {
    agents: {
      coder: {
        run: "shell",
        workspace: "none",
        ignore: ["private/"],
        image: { dockerfile: "docker/Dockerfile", network: "none" },
      },
    },
  };
  const project = await aProject(scope, {}, { files: { "private/x": "x", "service/y": "y", ".gitignore": ".env\n" } });
  const folder = join(project.root, "service");
  mkdirSync(join(folder, "docker"));
  writeFileSync(join(folder, "docker/Dockerfile"), DOCKERFILE);
  writeFileSync(join(project.root, ".env"), "SECRET=1\n");
  writeFileSync(join(folder, "coop.yaml"), JSON.stringify({ version: "coop/v1", project: project.name, ...file }));
  rmSync(join(project.root, "coop.yaml"));
  const applied = await project.coop(["apply", "--yes"], { cwd: folder });
  expect(applied.code, applied.text).toBe(0);
  const tag = /image:(coop\.local\/project:\S+)/.exec(applied.text)?.[1] ?? "";
  scope.later(() => run(["docker", "rmi", "-f", tag]));
  const sandbox = project.named("sandbox.coder.0");
  expect(await shell(sandbox, "cat /from-the-root")).toBe("A repository.\n");
  // `private/` of a coop.yaml in service/ is the one in service/.
  expect((await shell(sandbox, "cd /context && find . -type f | sort")).trim().split("\n")).toEqual([
    "./.gitignore",
    "./README.md",
    "./private/x",
    "./service/coop.yaml",
    "./service/docker/Dockerfile",
    "./service/y",
  ]);
  expect((await project.coop(["plan", "--detailed-exitcode"], { cwd: folder })).code).toBe(0);
});

it("builds an image once for all who need it at the same time, so that nobody's containers lose their tag", async () => {
  const image = { dockerfile: "Dockerfile", network: "none" };
  const coder = { run: "shell", workspace: "none", ignore: ["coop.yaml"], image };
  // The same recipe and context, and a slow step: both find that the image is missing.
  const dockerfile = `${DOCKERFILE}RUN sleep 1 && echo ${scope.unique()} > /unique\n`;
  const projects = await Promise.all(
    [1, 2, 3].map(() => aProject(scope, { agents: { coder } }, { files: { Dockerfile: dockerfile } })),
  );
  const applied = await Promise.all(projects.map((each) => each.apply()));
  const tags = new Set(applied.map((text) => /image:(coop\.local\/project:\S+)/.exec(text)?.[1] ?? ""));
  for (const tag of tags) scope.later(() => run(["docker", "rmi", "-f", tag]));
  expect(tags.size).toBe(1);
  const ids = await Promise.all(projects.map(async (each) => (await inspect(each.named("sandbox.coder.0"))).Image));
  expect(new Set(ids).size).toBe(1);
  for (const each of projects) expect((await each.coop(["plan", "--detailed-exitcode"])).code).toBe(0);
});
