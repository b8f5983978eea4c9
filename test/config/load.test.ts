import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { attemptLoad, loadProject } from "../../src/config/load.ts";

const VALID = "version: coop/v1\n";

let root = "";

beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), "coop-load-")));
  mkdirSync(join(root, ".git"));
});

afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

/** What a load says, by name; it never waits for anybody. */
function said(file: string | null, cwd = root): readonly string[] {
  const started = performance.now();
  const names = loadProject(file, cwd).diagnostics.map(({ name }) => name);
  expect(performance.now() - started).toBeLessThan(2000);
  return names;
}

describe("finding the file", () => {
  it("looks in the folder and above it, up to the repository's own", () => {
    mkdirSync(join(root, "a/b"), { recursive: true });
    writeFileSync(join(root, "coop.yaml"), VALID);
    const loaded = loadProject(null, join(root, "a/b"));
    expect(loaded).toMatchObject({
      ok: true,
      value: { file: "../../coop.yaml", path: join(root, "coop.yaml"), root, text: VALID },
    });
  });

  it("does not take a file from above the repository", () => {
    const inner = join(root, "inner");
    mkdirSync(join(inner, ".git"), { recursive: true });
    writeFileSync(join(root, "coop.yaml"), VALID);
    expect(said(null, inner)).toEqual(["FileNotFound"]);
  });

  it("takes the file that is named, with its own folder for a project", () => {
    mkdirSync(join(root, "Other Project"));
    writeFileSync(join(root, "Other Project/my.yaml"), VALID);
    const loaded = loadProject("Other Project/my.yaml", root);
    expect(loaded).toMatchObject({
      ok: true,
      value: { file: "Other Project/my.yaml", root, model: { project: "other-project" } },
    });
  });

  it("says so where the file has another tool's ending", () => {
    writeFileSync(join(root, "coop.yml"), VALID);
    expect(loadProject(null, root).diagnostics).toMatchObject([
      { name: "WrongFileName", hint: "Rename it to `coop.yaml`, or name it with `-f coop.yml`." },
    ]);
  });

  it("names a missing file as it was asked for", () => {
    expect(loadProject("nowhere/coop.yaml", root).diagnostics).toMatchObject([
      { name: "FileNotFound", span: null, message: "There is no file `nowhere/coop.yaml`." },
    ]);
  });
});

describe("what is no readable file of the repository", () => {
  it("a folder", () => {
    mkdirSync(join(root, "coop.yaml"));
    expect(said(null)).toEqual(["NotAFile"]);
  });

  it("a pipe that nobody writes to", () => {
    execFileSync("mkfifo", [join(root, "coop.yaml")]);
    expect(said(null)).toEqual(["NotAFile"]);
  });

  it("a device that never ends", () => {
    expect(said("/dev/zero")).toEqual(["NotAFile"]);
  });

  it("a socket", async () => {
    const server = createServer();
    await new Promise<void>((resolve) => {
      server.listen(join(root, "coop.yaml"), resolve);
    });
    expect(said(null)).toEqual(["NotAFile"]);
    await new Promise((resolve) => {
      server.close(resolve);
    });
  });

  it("50 MB, which are not read", () => {
    writeFileSync(join(root, "coop.yaml"), VALID);
    truncateSync(join(root, "coop.yaml"), 50_000_000);
    const before = process.memoryUsage().rss;
    expect(said(null)).toEqual(["FileTooLarge"]);
    expect(process.memoryUsage().rss - before).toBeLessThan(20_000_000);
  });

  it("a symbolic link out of the repository", () => {
    const outside = realpathSync(mkdtempSync(join(tmpdir(), "coop-outside-")));
    writeFileSync(join(outside, "coop.yaml"), VALID);
    symlinkSync(join(outside, "coop.yaml"), join(root, "coop.yaml"));
    expect(said(null)).toEqual(["FileOutsideRepository"]);
    rmSync(outside, { recursive: true });
  });

  it("a symbolic link to nothing, and one to itself", () => {
    symlinkSync("nothing.yaml", join(root, "coop.yaml"));
    expect(said(null)).toEqual(["FileNotFound"]);
    symlinkSync("self.yaml", join(root, "self.yaml"));
    expect(said("self.yaml")).toEqual(["FileUnreadable"]);
  });

  it("bytes that are not UTF-8, with their place", () => {
    writeFileSync(
      join(root, "coop.yaml"),
      Buffer.concat([Buffer.from("version: coop/v1\ngate: é "), Buffer.from([0xe9, 0x20])]),
    );
    expect(loadProject(null, root).diagnostics).toMatchObject([
      {
        name: "NotUtf8",
        message: "The file is not UTF-8: byte 26 begins nothing valid.",
        span: { start: { line: 2, column: 9 } },
      },
    ]);
  });

  it("UTF-16", () => {
    writeFileSync(join(root, "coop.yaml"), Buffer.from(`\uFEFF${VALID}`, "utf16le"));
    expect(said(null)).toEqual(["NotUtf8"]);
  });

  it("half a character at the end", () => {
    writeFileSync(join(root, "coop.yaml"), Buffer.concat([Buffer.from(VALID), Buffer.from([0xe2, 0x82])]));
    expect(said(null)).toEqual(["NotUtf8"]);
  });
});

describe("what is a file", () => {
  it("a symbolic link inside the repository, with a byte-order mark and CRLF", () => {
    writeFileSync(join(root, "real.yaml"), `\uFEFF${VALID.replaceAll("\n", "\r\n")}`);
    symlinkSync("real.yaml", join(root, "coop.yaml"));
    expect(said(null)).toEqual([]);
  });
});

describe("paths that the file names", () => {
  const asks = (path: string): string => `version: coop/v1\nagents:\n  a: { run: claude, promptFile: ${path} }\n`;

  it.for([
    ["task.md", []],
    ["./sub/../task.md", []],
    ["missing.md", ["PathNotFound"]],
    ["sub", ["PathNotAFile"]],
    ["out.md", ["PathLeadsOut"]],
    ["sub/up/etc/hostname", ["PathLeadsOut"]],
    ["../task.md", ["PathLeadsOut"]],
    ["/etc/passwd", ["PathLeadsOut"]],
  ] as const)("%s", ([path, names]) => {
    mkdirSync(join(root, "sub"));
    writeFileSync(join(root, "task.md"), "Do it.");
    symlinkSync("/etc/hostname", join(root, "out.md"));
    symlinkSync("/", join(root, "sub/up"));
    writeFileSync(join(root, "coop.yaml"), asks(path));
    expect(said(null)).toEqual(names);
  });

  it("keep the text for the excerpt", () => {
    writeFileSync(join(root, "coop.yaml"), asks("missing.md"));
    expect(attemptLoad(null, root)).toMatchObject({ text: asks("missing.md"), result: { ok: false } });
  });
});
