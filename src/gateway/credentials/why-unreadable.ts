import { codingsOf } from "./body-stages.ts";
import { headerKey } from "./header-key.ts";

/** Why the body of an answer with these headers cannot be searched for a secret, in a few words; null = it can. */
export function whyUnreadable(rawHeaders: readonly string[]): string | null {
  if (codingsOf(valuesOf(rawHeaders, "content-encoding")) === null) return "its Content-Encoding";
  if (valuesOf(rawHeaders, "grpc-encoding").some((each) => each.trim().toLowerCase() !== "identity"))
    return "its grpc-encoding";
  // Half of a secret in each of two answers.
  const parts = valuesOf(rawHeaders, "content-type").some((each) => /^\s*multipart\/byteranges\b/i.test(each));
  return parts || valuesOf(rawHeaders, "content-range").length > 0 ? "it is only a part of something" : null;
}

/** The values of a header, whatever spelling its name has. */
export function valuesOf(rawHeaders: readonly string[], key: string): readonly string[] {
  return rawHeaders.filter((_, index) => index % 2 === 1 && headerKey(rawHeaders[index - 1] ?? "") === key);
}
