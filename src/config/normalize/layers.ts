import type { SourceSpan } from "../../diagnostics/source-span.ts";
import type { Places } from "../places.ts";

/** A field's value with the mapping that wrote it. */
export interface Picked<Value> {
  readonly value: Value;
  readonly owner: object;
}

/** The first mapping of `layers` that has the field: the agent before the defaults. */
export function pick<Mapping extends object, Field extends keyof Mapping & string>(
  layers: readonly Mapping[],
  field: Field,
): Picked<NonNullable<Mapping[Field]>> | null {
  for (const owner of layers) {
    const value = owner[field];
    if (value !== undefined && value !== null) return { value, owner };
  }
  return null;
}

/** Where the field that decides was written, or what else stands for it. */
export function originOf<Mapping extends object>(
  layers: readonly Mapping[],
  field: keyof Mapping & string,
  places: Places,
  otherwise: SourceSpan,
): SourceSpan {
  const picked = pick(layers, field);
  return picked === null ? otherwise : places.key(picked.owner, field);
}

/** Code-unit order: the same on every machine. */
export function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Sorted, each once. */
export function sortedSet(words: readonly string[]): readonly string[] {
  return [...new Set(words)].toSorted(byText);
}
