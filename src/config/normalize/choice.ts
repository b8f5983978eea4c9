import type { EgressChoice } from "../../../schema/coop-file.gen.ts";
import type { SourceSpan } from "../../diagnostics/source-span.ts";
import type { AgentEgress } from "../../model/model.ts";
import type { Places } from "../places.ts";
import { originOf, pick, sortedSet } from "./layers.ts";

/** What an agent or a service may reach; nothing where nothing is written. */
export function normalizeChoice(
  layers: readonly { readonly egress?: EgressChoice }[],
  places: Places,
  otherwise: SourceSpan,
): AgentEgress {
  const picked = pick(layers, "egress");
  const origin = originOf(layers, "egress", places, otherwise);
  if (picked === null) return { kind: "rules", rules: [], origin };
  return picked.value === "open" ? { kind: "open", origin } : { kind: "rules", rules: sortedSet(picked.value), origin };
}
