import type { Change } from "../../src/plan/change.ts";
import type { ReachLine } from "../../src/plan/reach.ts";
import type { ContainerObject, ContainerSpec, MountBody } from "./resources.ts";
import { isRoot } from "./sandbox-user.ts";

/** What a container lacks of the hardening set, one sentence each. Empty is the default. */
export function looseningsOf(spec: Pick<ContainerSpec, "body">): readonly string[] {
  const { body } = spec;
  const host = body.HostConfig;
  return [
    ...host.CapAdd.map((each) => `hold the capability ${each}`),
    ...(host.SecurityOpt.includes("no-new-privileges") ? [] : ["gain privileges by setuid programs"]),
    ...(host.SecurityOpt.includes("seccomp=unconfined") ? ["make every system call"] : []),
    ...(host.ReadonlyRootfs ? [] : ["write to its image's root file system"]),
    ...(isRoot(body.User) ? ["run as root inside"] : []),
    ...host.Mounts.flatMap((mount) =>
      mount.Type === "bind" && !withinAnother(mount, host.Mounts) ? [boundSentence(mount, body.WorkingDir)] : [],
    ),
  ];
}

function boundSentence(mount: MountBody, workingDir: string): string {
  const place = `${mount.Source} of the host`;
  if (mount.Target !== workingDir) return `${mount.ReadOnly ? "read" : "write to"} ${place}`;
  return mount.ReadOnly
    ? `read the live tree ${place}`
    : `write to the live tree ${place}: what it writes there is yours at once`;
}

// What lies in another mount and shows the same, or less: the covers and the mount points of a live tree.
function withinAnother(mount: MountBody, all: readonly MountBody[]): boolean {
  return all.some((outer) => {
    if (outer.Type !== "bind" || !mount.Target.startsWith(`${outer.Target}/`)) return false;
    const same = mount.Source === `${outer.Source}${mount.Target.slice(outer.Target.length)}`;
    return mount.ReadOnly || (same && !outer.ReadOnly);
  });
}

/** What changes loosen or tighten besides the rules: the hardening of containers, and what builds may reach. */
export function looseningDiff(changes: readonly Change<ContainerObject>[]): readonly ReachLine[] {
  return changes.flatMap((change): readonly ReachLine[] => {
    if (change.action === "keep" || change.action === "delete") return [];
    const { desired } = change;
    if (desired.kind === "image") return buildLines(change.action, desired);
    if (desired.kind !== "container" || (desired.spec.role !== "sandbox" && desired.spec.role !== "service")) return [];
    const subject = desired.id.slice("container:".length);
    const was = change.action === "create" ? [] : looseningsOf(liveSpec(change.observed.live));
    const is = looseningsOf(desired.spec);
    const name = subject.replace(/^(sandbox|service)\./, "").replace(/\.0$/, "");
    return [
      ...is
        .filter((each) => !was.includes(each))
        .map((each) => ({ effect: "loosens", subject, text: `${name} may ${each}` }) as const),
      ...was
        .filter((each) => !is.includes(each))
        .map((each) => ({ effect: "tightens", subject, text: `${name} may no longer ${each}` }) as const),
    ];
  });
}

// A build runs on the engine's own network (isolation.md, "Builds"); coop's own image needs none.
function buildLines(action: string, image: Extract<ContainerObject, { readonly kind: "image" }>): readonly ReachLine[] {
  const { build } = image.spec;
  if (action !== "create" || build === null || build.network === "none") return [];
  return [{ effect: "loosens", subject: image.id, text: `the build of ${build.title} may reach anything` }];
}

function liveSpec(live: Readonly<Record<string, unknown>>): Pick<ContainerSpec, "body"> {
  const body: unknown = live["body"];
  return { body: body as ContainerSpec["body"] }; // the backend made it, in exactly this shape
}
