import type {
  EnvironmentEntry as WrittenEnvironment,
  EnvironmentValue as WrittenValue,
} from "../../schema/coop-file.gen.ts";
import type { SourceSpan } from "../diagnostics/source-span.ts";
import type { Places } from "./places.ts";

/** One variable as the file has it, whichever of the two forms it is in. */
export interface WrittenVariable {
  readonly name: string;
  /** Null: the list has a name without `=`. */
  readonly value: WrittenValue | null;
  /** The value as it is spelled, which for numbers is what the variable gets. */
  readonly spelling: string;
  readonly nameSpan: SourceSpan;
  readonly valueSpan: SourceSpan;
}

/** All variables of a mapping or a list of `NAME=VALUE`. */
export function variablesOf(written: WrittenEnvironment | undefined, places: Places): readonly WrittenVariable[] {
  if (written === undefined) return [];
  if (isList(written)) return written.map((text, index) => fromText(text, places.value(written, index)));
  return Object.entries(written).map(([name, value]) => ({
    name,
    value,
    spelling: places.spelling(written, name),
    nameSpan: places.key(written, name),
    valueSpan: places.value(written, name),
  }));
}

function fromText(text: string, span: SourceSpan): WrittenVariable {
  const equals = text.indexOf("=");
  const name = equals === -1 ? text : text.slice(0, equals);
  const value = equals === -1 ? null : text.slice(equals + 1);
  return { name, value, spelling: value ?? "", nameSpan: span, valueSpan: span };
}

function isList(written: WrittenEnvironment): written is readonly string[] {
  return Array.isArray(written);
}
