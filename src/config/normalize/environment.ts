import type { EnvironmentEntry as WrittenEnvironment } from "../../../schema/coop-file.gen.ts";
import type { EnvironmentEntry, EnvironmentValue } from "../../model/model.ts";
import { variablesOf } from "../environment.ts";
import type { WrittenVariable } from "../environment.ts";
import type { Places } from "../places.ts";
import { byText } from "./layers.ts";

/** Variables by name; the agent's own win over those of the defaults. */
export function normalizeEnvironment(
  layers: readonly { readonly environment?: WrittenEnvironment }[],
  places: Places,
): readonly EnvironmentEntry[] {
  const entries = new Map<string, EnvironmentEntry>();
  for (const layer of layers.toReversed()) {
    for (const variable of variablesOf(layer.environment, places)) {
      entries.set(variable.name, { name: variable.name, value: valueOf(variable), origin: variable.nameSpan });
    }
  }
  return [...entries.values()].toSorted((a, b) => byText(a.name, b.name));
}

function valueOf({ value, spelling }: WrittenVariable): EnvironmentValue {
  if (typeof value === "string") return { kind: "literal", text: value };
  if (typeof value === "number" || typeof value === "boolean") return { kind: "literal", text: spelling };
  if (value?.env !== undefined) return { kind: "host", variable: value.env };
  if (value?.credential !== undefined) return { kind: "credential", credential: value.credential };
  return { kind: "generate" };
}
