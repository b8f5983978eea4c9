import type { AgentEntry } from "../../../schema/coop-file.gen.ts";
import type { SourceSpan } from "../../diagnostics/source-span.ts";
import type { Image } from "../../model/model.ts";
import type { Places } from "../places.ts";
import { repositoryPath } from "../repository-path.ts";
import { originOf, pick, sortedSet } from "./layers.ts";

export function normalizeImage(layers: readonly AgentEntry[], places: Places, otherwise: SourceSpan): Image {
  const written = pick(layers, "image")?.value ?? {};
  return {
    source: sourceOf(written),
    packages: sortedSet(written.packages ?? []),
    toolchain: written.toolchain === undefined ? null : repositoryPath(written.toolchain),
    buildNetwork: written.network ?? "open",
    origin: originOf(layers, "image", places, otherwise),
  };
}

function sourceOf(written: NonNullable<AgentEntry["image"]>): Image["source"] {
  if (written.dockerfile !== undefined) return { kind: "dockerfile", path: repositoryPath(written.dockerfile) };
  if (written.ref !== undefined) return { kind: "ref", ref: written.ref };
  return { kind: "base", base: "default" };
}
