import type { InjectionPlace } from "../../model/provider.ts";
import { headerKey } from "./header-key.ts";
import { decoded, queryPairs } from "./query-pairs.ts";
import { parameterKey } from "./parameter-key.ts";
import { parseAwsSignature } from "./sign-aws.ts";

/** Something in a request that a client can carry a credential in. What is absent or empty is not listed. */
export interface Carried {
  readonly in: "header" | "query" | "path";
  /** As it was sent; a path segment has none. */
  readonly name: string;
  readonly what: "placeholder" | "own";
  /** For people, without the value: `the header X-Api-Key`. */
  readonly where: string;
}

/** Every place where this request carries the placeholder or a credential of its own. */
export function carriedIn(
  place: InjectionPlace,
  placeholder: string,
  rawHeaders: readonly string[],
  rawTarget: string,
): readonly Carried[] {
  return [
    ...headersCarried(place, placeholder, rawHeaders),
    ...queryPairs(rawTarget).flatMap(({ name, value, raw }): readonly Carried[] => {
      if (!place.queryCarriers.some((each) => parameterKey(each) === name) || value === "") return [];
      return [{ in: "query", name: raw, what: whatOf(value, placeholder), where: "the query" }];
    }),
    ...(place.into.kind === "path" ? segmentsCarried(place.into.prefix, placeholder, rawTarget) : []),
  ];
}

function headersCarried(
  { carriers, into }: InjectionPlace,
  placeholder: string,
  rawHeaders: readonly string[],
): readonly Carried[] {
  const found: Carried[] = [];
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? "";
    const value = (rawHeaders[index + 1] ?? "").trim();
    if (!carriers.includes(headerKey(name)) || value === "" || EMPTY_SCHEME.test(value)) continue;
    const signed = into.kind === "aws-sigv4" && parseAwsSignature(value)?.accessKeyId === placeholder;
    const what = signed ? "placeholder" : whatOf(value, placeholder);
    found.push({ in: "header", name, what, where: `the header ${name.slice(0, 64)}` });
  }
  return found;
}

/** What clients send when their variable is empty. */
const EMPTY_SCHEME = /^(?:bearer|basic|token)$/i;

function segmentsCarried(prefix: string, placeholder: string, rawTarget: string): readonly Carried[] {
  const path = rawTarget.split("?")[0] ?? "";
  return path.split("/").flatMap((segment): readonly Carried[] => {
    const text = decoded(segment, false);
    if (!text.startsWith(prefix)) return [];
    const what = text.slice(prefix.length) === placeholder ? "placeholder" : "own";
    return [{ in: "path", name: segment, what, where: "the path" }];
  });
}

/** What stands in answers for a secret: a client that follows such an address means the credential. */
const HIDDEN = /^\*{8,}$/;

function whatOf(value: string, placeholder: string): Carried["what"] {
  if (value === placeholder || HIDDEN.test(value)) return "placeholder";
  const [, scheme = "", rest = ""] = /^([A-Za-z][A-Za-z0-9-]*) +(\S+)$/.exec(value) ?? [];
  if (rest === placeholder) return "placeholder";
  if (scheme.toLowerCase() !== "basic") return "own";
  const pair = Buffer.from(rest, "base64").toString("utf8");
  const colon = pair.indexOf(":");
  return colon !== -1 && [pair.slice(0, colon), pair.slice(colon + 1)].includes(placeholder) ? "placeholder" : "own";
}
