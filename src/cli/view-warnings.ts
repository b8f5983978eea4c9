import type { ContainerObject } from "../../compilers/container/resources.ts";
import type { LoadedProject } from "../config/load.ts";
import { WORKSPACE_CATALOG } from "../diagnostics/catalog-workspace.ts";
import type { Plan } from "../plan/plan.ts";
import { harmless } from "../render/display-text.ts";
import type { SecretFinding } from "../workspace/secrets/scan-content.ts";
import { viewTar } from "../workspace/view/view-tar.ts";
import type { Shell } from "./shell.ts";
import { viewFor } from "./workspace-supplier.ts";

const SHOWN = 5;

/**
 * What a person should know of the files that a plan would put into new workspaces: places that look like secrets, never
 * their values, and what stays behind. Reads each view once, as the copy itself does; nothing where no workspace is made.
 */
export async function viewWarnings(
  project: LoadedProject,
  plan: Plan<ContainerObject>,
  shell: Shell,
): Promise<readonly string[]> {
  const created = new Set(plan.changes.flatMap((each) => (each.action === "create" ? [each.id] : [])));
  // Members of a fleet see the same: one look for each agent and ref.
  const wanted = new Map<string, { readonly agent: string; readonly ref: string }>();
  for (const change of plan.changes) {
    if (change.action !== "create" && change.action !== "replace") continue;
    if (change.desired.kind !== "container") continue;
    const fill = change.desired.spec.prepare.find((each) => each.kind === "workspace");
    const volume = change.desired.dependsOn.find((id) => id.startsWith("volume:workspace."));
    if (fill !== undefined && volume !== undefined && created.has(volume))
      wanted.set(`${fill.agent} ${fill.ref}`, { agent: fill.agent, ref: fill.ref });
  }
  const told: string[] = [];
  for (const { agent, ref } of wanted.values()) told.push(...(await warningsFor(project, agent, ref, shell)));
  return told;
}

async function warningsFor(
  project: LoadedProject,
  agent: string,
  ref: string,
  shell: Shell,
): Promise<readonly string[]> {
  const view = await viewFor(project, agent, ref, shell);
  try {
    const { stream, done } = viewTar(view, { uid: 0, gid: 0 }, shell.signal);
    stream.resume();
    const { findings } = await done;
    return [
      ...few(findings.map(secretText), "more places look like secrets"),
      ...few(
        view.diagnostics.map((each) => `${each.code}: ${harmless(each.message)}`),
        "more paths are not in the sandbox",
      ),
    ].map((each) => `${agent}: ${each}`);
  } finally {
    await view.dispose();
  }
}

function secretText({ path, line, kind }: SecretFinding): string {
  const { code, message } = WORKSPACE_CATALOG.SecretInShippedFile;
  return `${code}: ${message({ place: `${harmless(path)}:${line}`, secret: kind })}`;
}

function few(all: readonly string[], more: string): readonly string[] {
  return all.length <= SHOWN ? all : [...all.slice(0, SHOWN), `${all.length - SHOWN} ${more}`];
}
