import { parameterKey } from "./parameter-key.ts";

/** A query taken apart at `&` and, as some servers do, at `;`. `name` is decoded and in the spelling of `parameterKey`. */
export function queryPairs(
  rawTarget: string,
): readonly { readonly name: string; readonly value: string; readonly raw: string }[] {
  const mark = rawTarget.indexOf("?");
  if (mark === -1) return [];
  return rawTarget
    .slice(mark + 1)
    .split(/[&;]/)
    .filter((pair) => pair !== "")
    .map((pair) => {
      const equals = pair.indexOf("=");
      const raw = equals === -1 ? pair : pair.slice(0, equals);
      return { name: parameterKey(decoded(raw)), value: equals === -1 ? "" : decoded(pair.slice(equals + 1)), raw };
    });
}

/** Percent decoded, or as it is where that is not possible. */
export function decoded(text: string, plus = true): string {
  const spaced = plus ? text.replaceAll("+", " ") : text;
  try {
    return decodeURIComponent(spaced);
  } catch {
    return spaced;
  }
}
