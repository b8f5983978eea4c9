import { execFileSync } from "node:child_process";
import { join, resolve } from "node:path";
import { expect, it } from "vitest";
import { buildView } from "../../src/workspace/view/build-view.ts";
import { contextDigest } from "../../src/workspace/view/build-context.ts";
import { aHost, aRepository, put, temporaryFolder } from "./support/git-fixture.ts";

const MANY = 2000;

const files = (text: string): Readonly<Record<string, string>> =>
  Object.fromEntries(Array.from({ length: MANY }, (_, index) => [`files/${index}.txt`, `${text} ${index}\n`]));

const IGNORE = { builtin: true, patterns: [], allow: [] };

it("tells contents apart, by whatever way they came to be there", async () => {
  const root = aRepository({ Dockerfile: "FROM scratch\n", "a.txt": "1\n" });
  const digest = async (): Promise<string> => {
    const request = { host: aHost(), root, ref: "HEAD", ignore: IGNORE, agentIgnore: [], fileFolder: "" };
    const view = await buildView(request, new AbortController().signal);
    if (!view.ok) throw new Error("no view");
    try {
      return await contextDigest(view.value);
    } finally {
      await view.value.dispose();
    }
  };
  const before = await digest();
  put(root, { "a.txt": "2\n" });
  const edited = await digest();
  expect(edited).not.toBe(before);
  put(root, { "a.txt": "1\n", ".env": "SECRET=1\n" });
  expect(await digest()).toBe(before);
});

it("opens no more files at once than a process may", () => {
  const root = aRepository(files("committed"));
  // All of them dirty: each is read from the disk.
  put(root, files("dirty"));
  const script = `
    const { buildView } = await import(${JSON.stringify(resolve("src/workspace/view/build-view.ts"))});
    const { contextDigest } = await import(${JSON.stringify(resolve("src/workspace/view/build-context.ts"))});
    const host = { environment: process.env, cacheFolder: ${JSON.stringify(join(temporaryFolder("cache"), "c"))} };
    const request = { host, root: ${JSON.stringify(root)}, ref: "HEAD", ignore: ${JSON.stringify(IGNORE)}, agentIgnore: [], fileFolder: "" };
    const view = await buildView(request, new AbortController().signal);
    console.log(view.value.files.filter((each) => each.from?.kind === "host").length, await contextDigest(view.value));
    await view.value.dispose();
  `;
  const limited = ["-c", 'ulimit -n 128; exec "$@"', "sh", process.execPath, "--input-type=module", "-e", script];
  const said = execFileSync("sh", limited, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  expect(said).toMatch(new RegExp(`^${MANY} sha256:[0-9a-f]{64}\\n$`));
});
