import type { ResourcesEntry } from "../../../schema/coop-file.gen.ts";
import type { SourceSpan } from "../../diagnostics/source-span.ts";
import type { Resources } from "../../model/model.ts";
import type { Places } from "../places.ts";
import { bytesOf } from "../quantities.ts";
import { originOf, pick } from "./layers.ts";

/** Limits, field by field: the agent's, else the defaults', else these. */
export function normalizeResources(
  layers: readonly { readonly resources?: ResourcesEntry }[],
  places: Places,
  otherwise: SourceSpan,
): Resources {
  const written = layers.flatMap((layer) => (layer.resources === undefined ? [] : [layer.resources]));
  return {
    cpus: pick(written, "cpus")?.value ?? 2,
    memoryBytes: bytesOf(pick(written, "memory")?.value ?? "4GiB"),
    pids: pick(written, "pids")?.value ?? 1024,
    origin: originOf(layers, "resources", places, otherwise),
  };
}
