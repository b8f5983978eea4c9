import { execFileSync, spawn } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { onTestFinished } from "vitest";
import { buildView } from "../../../src/workspace/view/build-view.ts";
import type { ViewRequest } from "../../../src/workspace/view/build-view.ts";
import type { SecretFinding } from "../../../src/workspace/secrets/scan-content.ts";
import type { View } from "../../../src/workspace/view/view.ts";
import type { ViewOrigin } from "../../../src/workspace/view/view-origin.ts";
import { viewTar } from "../../../src/workspace/view/view-tar.ts";
import { aHost, temporaryFolder } from "./git-fixture.ts";

export interface Unpacked {
  readonly view: View;
  /** The workspace as the sandbox finds it. */
  readonly folder: string;
  readonly origin: ViewOrigin;
  readonly findings: readonly SecretFinding[];
}

export function aRequest(root: string, difference: Partial<ViewRequest> = {}): ViewRequest {
  return {
    host: aHost(),
    root,
    ref: "HEAD",
    ignore: { builtin: true, patterns: [], allow: [] },
    agentIgnore: [],
    fileFolder: "",
    ...difference,
  };
}

/** Builds a view and unpacks its tar with the system's tar. */
export async function unpackedView(request: ViewRequest): Promise<Unpacked> {
  const signal = new AbortController().signal;
  const built = await buildView(request, signal);
  if (!built.ok) throw new Error(built.diagnostics.map(({ message }) => message).join("\n"));
  onTestFinished(() => built.value.dispose());
  const folder = join(temporaryFolder("sandbox"), "workspace");
  mkdirSync(folder);
  const tar = viewTar(built.value, { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 }, signal);
  const unpack = spawn("tar", ["-x", "-p", "-C", folder], { stdio: ["pipe", "ignore", "inherit"] });
  const closed = new Promise<number | null>((resolve) => unpack.once("close", resolve));
  await pipeline(tar.stream, unpack.stdin);
  if ((await closed) !== 0) throw new Error("tar refused the view");
  const { origin, findings } = await tar.done;
  return { view: built.value, folder, origin, findings };
}

/** Whether a byte string is anywhere below a folder, packed objects included. */
export function holds(folder: string, canary: string): boolean {
  const script = `grep -rqaF -- "$1" . && exit 0; for o in $(git cat-file --batch-all-objects --batch-check='%(objectname)' 2>/dev/null); do git cat-file -p $o | grep -qaF -- "$1" && exit 0; done; exit 1`;
  try {
    execFileSync("sh", ["-c", script, "sh", canary], {
      cwd: folder,
      env: {
        PATH: process.env["PATH"] ?? "",
        HOME: "/nonexistent",
        GIT_CONFIG_COUNT: "1",
        GIT_CONFIG_KEY_0: "safe.directory",
        GIT_CONFIG_VALUE_0: "*",
      },
    });
    return true;
  } catch {
    return false;
  }
}
