import { CONTAINER_PLAN_RULES } from "../../compilers/container/plan-rules.ts";
import type { ResourceId } from "../graph/resource.ts";

/** Something on an engine that a coop made, by label and derived name, whichever project it belongs to. */
export interface Remnant {
  readonly kind: "container" | "network" | "volume" | "image";
  readonly name: string;
  /** The engine's own id. */
  readonly handle: string;
  /** Null for images, which projects share. */
  readonly project: string | null;
  /** Null for images. */
  readonly id: ResourceId | null;
  /** The folder that it was made from; null where its labels do not say. */
  readonly repository: string | null;
  /** Who opened the session that it belongs to, as its label has it; null for what a file declares. */
  readonly session: string | null;
  readonly running: boolean;
  /** Of an image: whether a container stands on it, or a name of somebody else's leads to it. */
  readonly used: boolean;
}

/** What may be removed, and why. */
export interface Leftover {
  readonly remnant: Remnant;
  readonly why: string;
  /** It may be the only place of data or of an agent's work. */
  readonly holdsData: boolean;
}

/** What the host says of those who made things. */
export interface LeftoverFacts {
  /** Whether a folder is there. Only asked of the engine's own machine. */
  readonly exists: (folder: string) => boolean;
  readonly owner: (session: string) => "alive" | "dead" | "unknown";
  /** The engine runs on this machine, so that its folders can be looked for. */
  readonly local: boolean;
  /** Whether images that nothing uses count. */
  readonly images: boolean;
}

/**
 * What nobody needs any more: everything of projects whose every folder is gone, and images that coop built and nothing
 * uses. Of an engine elsewhere no project can be proved dead. Containers first, then networks, volumes, images: the order in
 * which they can be removed.
 */
export function leftovers(remnants: readonly Remnant[], facts: LeftoverFacts): readonly Leftover[] {
  const dead = deadProjects(remnants, facts);
  const found = remnants.flatMap((remnant): readonly Leftover[] => {
    if (remnant.kind === "image") return facts.images && !remnant.used ? [unusedImage(remnant)] : [];
    const folder = remnant.project === null ? undefined : dead.get(remnant.project);
    return folder === undefined ? [] : [{ remnant, why: `${folder} is gone`, holdsData: holdsData(remnant) }];
  });
  return found.toSorted((a, b) => ORDER[a.remnant.kind] - ORDER[b.remnant.kind] || compare(key(a), key(b)));
}

const ORDER = { container: 0, network: 1, volume: 2, image: 3 } as const;

/** Sandboxes go before what they stand on: a forwarder's namespace lives as long as they do. Images stay as they came: newest first. */
function key({ remnant }: Leftover): string {
  return remnant.kind === "image"
    ? ""
    : `${remnant.id?.startsWith("container:sandbox.") === true ? 0 : 1} ${remnant.project} ${remnant.name}`;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function unusedImage(remnant: Remnant): Leftover {
  return { remnant, why: "coop built it and nothing uses it", holdsData: false };
}

/** By name, one folder of each project that no longer has any. */
function deadProjects(remnants: readonly Remnant[], facts: LeftoverFacts): ReadonlyMap<string, string> {
  if (!facts.local) return new Map();
  const projects = Map.groupBy(
    remnants.filter((each) => each.project !== null),
    (each) => each.project ?? "",
  );
  return new Map(
    [...projects].flatMap(([project, objects]): readonly (readonly [string, string])[] => {
      const folders = [...new Set(objects.flatMap((each) => each.repository ?? []))].toSorted();
      const [first] = folders;
      // Who opened a session may be at work without a folder; objects that name none prove nothing.
      const alive = objects.some((each) => each.session !== null && facts.owner(each.session) !== "dead");
      return first === undefined || alive || folders.some(facts.exists) ? [] : [[project, first]];
    }),
  );
}

function holdsData({ id }: Remnant): boolean {
  return id !== null && id.startsWith("volume:") && CONTAINER_PLAN_RULES.kinds.volume.holdsData(id);
}
