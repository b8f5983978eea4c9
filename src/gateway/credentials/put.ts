import type { InjectionPlace, SecretValue } from "../../model/provider.ts";
import type { DenyCode } from "../denial.ts";
import { parameterKey } from "./parameter-key.ts";
import { decoded, queryPairs } from "./query-pairs.ts";

/** A request whose carriers hold nothing but the placeholder. */
export interface Fillable {
  readonly rawTarget: string;
  /** Without the carriers. */
  readonly rawHeaders: readonly string[];
}

export type Filled =
  | { readonly ok: true; readonly rawTarget: string; readonly rawHeaders: readonly string[] }
  | { readonly ok: false; readonly code: DenyCode; readonly detail: string };

/** Puts the secret where the place says. */
export function put(place: InjectionPlace, value: SecretValue, request: Fillable): Filled {
  const { into } = place;
  const text = value.kind === "text" ? value.text : value.kind === "oauth" ? value.accessToken : null;
  if (text === null || text === "") return unusable("it is of another kind than the provider");
  const rawTarget = withoutParameters(request.rawTarget, place.queryCarriers);
  const rawHeaders = merged(request.rawHeaders, place.merge);
  switch (into.kind) {
    case "header":
      return HEADER_TEXT.test(text)
        ? { ok: true, rawTarget, rawHeaders: [...rawHeaders, into.header, `${into.prefix}${text}`] }
        : unusable("it has a character that no header can carry");
    case "basic": {
      const pair = Buffer.from(into.user === null ? text : `${into.user}:${text}`, "utf8").toString("base64");
      return { ok: true, rawTarget, rawHeaders: [...rawHeaders, "authorization", `Basic ${pair}`] };
    }
    case "query": {
      const parameter = `${encodeURIComponent(into.parameter)}=${encodeURIComponent(text)}`;
      const joint = !rawTarget.includes("?") ? "?" : /[?&]$/.test(rawTarget) ? "" : "&";
      return { ok: true, rawTarget: `${rawTarget}${joint}${parameter}`, rawHeaders };
    }
    case "path":
      return { ok: true, rawTarget: withSegments(rawTarget, into.prefix, text), rawHeaders };
    case "aws-sigv4":
      return unusable("it is of another kind than the provider");
  }
}

/** What Node, and every server, takes as a header's value. */
const HEADER_TEXT = /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/;

function unusable(detail: string): Filled {
  return { ok: false, code: "credential-unusable", detail };
}

/** Adds what is missing to comma-separated headers, keeping what the client sent. */
function merged(rawHeaders: readonly string[], merge: InjectionPlace["merge"]): readonly string[] {
  return merge.reduce<readonly string[]>((headers, { name, value }) => {
    const at = headers.findIndex((each, index) => index % 2 === 0 && each.toLowerCase() === name);
    if (at === -1) return [...headers, name, value];
    const present = (headers[at + 1] ?? "").split(",").map((each) => each.trim());
    return present.includes(value) ? headers : headers.with(at + 1, [...present, value].join(","));
  }, rawHeaders);
}

function withoutParameters(rawTarget: string, parameters: readonly string[]): string {
  const names = new Set(parameters.map(parameterKey));
  if (!queryPairs(rawTarget).some((pair) => names.has(pair.name))) return rawTarget;
  const mark = rawTarget.indexOf("?");
  const left = rawTarget
    .slice(mark + 1)
    .split(/(?<=[&;])/)
    .filter((pair) => !names.has(queryPairs(`?${pair}`)[0]?.name ?? ""))
    .join("")
    .replace(/[&;]$/, "");
  return left === "" ? rawTarget.slice(0, mark) : `${rawTarget.slice(0, mark)}?${left}`;
}

function withSegments(rawTarget: string, prefix: string, text: string): string {
  const mark = rawTarget.indexOf("?");
  const path = mark === -1 ? rawTarget : rawTarget.slice(0, mark);
  const secret = encodeURIComponent(text).replaceAll("%3A", ":");
  const filled = path
    .split("/")
    .map((segment) => (decoded(segment, false).startsWith(prefix) ? `${prefix}${secret}` : segment))
    .join("/");
  return mark === -1 ? filled : `${filled}${rawTarget.slice(mark)}`;
}
