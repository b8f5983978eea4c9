import { realpathSync } from "node:fs";
import { join } from "node:path";
import { rootCertificates } from "node:tls";
import type { ProvisionsSpec } from "../../compilers/container/resources.ts";
import type { ProjectRoot } from "../authority/project-root.ts";
import type { LoadedProject } from "../config/load.ts";
import type { Authority } from "../gateway/provisions.ts";
import { digestOfBytes, shortDigest } from "../graph/digest.ts";
import type { AuthorityFacts } from "../model/inputs.ts";
import type { TrustFile } from "../model/trust.ts";
import type { Shell } from "./shell.ts";
import { stateFolder } from "./user-folders.ts";

const DAY_MS = 24 * 3600 * 1000;

/** An intermediate is good for 90 days: who applies once a month never meets an old one. */
const PERIOD_MS = 30 * DAY_MS;

/** What a plan must know of the project's certificate authority, which is made if there is none. */
export async function authorityFacts(project: LoadedProject, shell: Shell): Promise<AuthorityFacts> {
  const { fingerprint } = await rootOf(project, shell);
  return { fingerprint, period: Math.floor(Date.now() / PERIOD_MS) };
}

/** A new intermediate for the gateway. */
export async function issueAuthority(project: LoadedProject, wanted: ProvisionsSpec, shell: Shell): Promise<Authority> {
  const { issueIntermediate } = await import("../authority/intermediate.ts");
  return issueIntermediate(await rootOf(project, shell), wanted.hosts, Date.now());
}

/** What sandboxes trust: the project's root, the public ones, and those of `egress.trust`. */
export async function trustedBySandboxes(
  project: LoadedProject,
  added: string | null,
  shell: Shell,
): Promise<readonly TrustFile[]> {
  const { trustFiles } = await import("../authority/trust-files.ts");
  const { certificate } = await rootOf(project, shell);
  return trustFiles(certificate, rootCertificates, added, Date.now());
}

// Loaded late: few commands need certificates, and their library is large.
async function rootOf(project: LoadedProject, shell: Shell): Promise<ProjectRoot> {
  const { projectRoot } = await import("../authority/project-root.ts");
  // By the repository's place as well: two repositories that call themselves the same share no key.
  const place = shortDigest(digestOfBytes(realpathSync(project.root)));
  const folder = join(stateFolder(shell.environment), "authorities", `${project.model.project}.${place}`);
  return projectRoot(folder, project.model.project, Date.now());
}
