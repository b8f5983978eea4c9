import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { issueIntermediate } from "../../../src/authority/intermediate.ts";
import { type ProjectRoot, projectRoot } from "../../../src/authority/project-root.ts";
import type { Authority, Provisions } from "../../../src/gateway/provisions.ts";
import type { HostPattern } from "../../../src/model/model.ts";
import type { SecretValue } from "../../../src/model/provider.ts";

/** A project's root, as the sandboxes of a test trust it. */
export interface TestRoot {
  /** PEM. */
  readonly cert: string;
  readonly issue: (hosts: readonly HostPattern[], now?: number) => Promise<Authority>;
}

export async function aRoot(): Promise<TestRoot> {
  const folder = await mkdtemp(join(tmpdir(), "coop-root-"));
  const root: ProjectRoot = await projectRoot(folder, "shop", Date.now());
  await rm(folder, { recursive: true });
  return {
    cert: root.certificate.toString("pem"),
    issue: (hosts, now = Date.now()) => issueIntermediate(root, hosts, now),
  };
}

export function someProvisions(
  authority: Authority | null,
  credentials: Readonly<Record<string, SecretValue>> = {},
): Provisions {
  return { version: 1, digest: "test", credentials, authority };
}
