import { describe, expect, it } from "vitest";
import { must, run } from "./support/command.ts";
import { images, inspect } from "./support/containers.ts";
import { aProject } from "./support/project.ts";
import { fileScope } from "./support/scope.ts";

const scope = fileScope();

describe("an image that runs as root", () => {
  const imageWith = async (dockerfile: string): Promise<string> => {
    const tag = `${scope.unique()}:1`;
    scope.later(() => run(["docker", "image", "rm", "-f", tag]));
    await must(["docker", "build", "-q", "--network", "none", "-t", tag, "-"], { input: dockerfile });
    return tag;
  };

  it("is named in the plan of a service, by whatever it is spelled", async () => {
    const silent = await imageWith(`FROM ${images().base}\nUSER root\nCMD ["sleep", "infinity"]\n`);
    const file = (service: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> => ({
      services: { box: { image: silent, ...service } },
    });
    const other = await aProject(scope, file({}));
    for (const service of [{}, { user: "0" }, { user: "00:00" }, { user: "root" }]) {
      other.write(file(service));
      const { text } = await other.coop(["plan"]);
      expect(text, JSON.stringify(service)).toMatch(/box may run as root inside|COOP\d{4}/);
    }
  });

  it("is refused for an agent where its user hides the number 0 behind a name", async () => {
    const hidden = await imageWith(
      `FROM ${images().base}\nUSER root\nRUN echo 'app:x:0:0::/:/bin/sh' >> /etc/passwd\nUSER app\n`,
    );
    const other = await aProject(scope, { agents: { box: { image: { ref: hidden }, workspace: "none" } } });
    const applied = await other.coop(["apply", "--yes"]);
    expect(applied.code).not.toBe(0);
    expect(applied.text).toContain("it is root");
    expect((await inspect(other.named("sandbox.box.0"))).State.Status).toBe("created");
  });
});
