import { listOf, nullOr, objectOf, oneOf, recordOf, ShapeError, textOf } from "../diagnostics/json-shape.ts";
import type { Injection, InjectionPlace } from "../model/provider.ts";
import { hostPatternOf } from "./parse-host-pattern.ts";
import type { PolicyCredential } from "./policy.ts";

/** A credential of `policy.json`; throws a ShapeError where it has another shape than it must have. */
export function policyCredentialOf(value: unknown, at: string): PolicyCredential {
  const fields = objectOf(value, at, ["places", "placeholder", "refreshEncoding"]);
  return {
    places: listOf(fields.places, `${at}.places`, placeOf),
    placeholder: textOf(fields.placeholder, `${at}.placeholder`, 4096, /^[\x21-\x7e]{8,}$/),
    refreshEncoding: oneOf(fields.refreshEncoding, `${at}.refreshEncoding`, ["form", "json"]),
  };
}

function placeOf(value: unknown, at: string): InjectionPlace {
  const fields = objectOf(value, at, ["hosts", "paths", "into", "carriers", "queryCarriers", "merge"]);
  const place: InjectionPlace = {
    hosts: listOf(fields.hosts, `${at}.hosts`, hostPatternOf),
    paths: listOf(fields.paths, `${at}.paths`, (path, where) => textOf(path, where, 4096, /^\/[\x21-\x7e]*$/)),
    into: injectionOf(fields.into, `${at}.into`),
    carriers: listOf(fields.carriers, `${at}.carriers`, headerOf),
    queryCarriers: listOf(fields.queryCarriers, `${at}.queryCarriers`, (name, where) => textOf(name, where, 253)),
    merge: listOf(fields.merge, `${at}.merge`, (each, where) => {
      const { name, value: text } = objectOf(each, where, ["name", "value"]);
      return { name: headerOf(name, `${where}.name`), value: textOf(text, `${where}.value`, 1024, /^[\x21-\x7e]+$/) };
    }),
  };
  const missing = missingCarrier(place);
  if (missing !== null) throw new ShapeError(`${at}.carriers`, missing);
  return place;
}

function injectionOf(value: unknown, at: string): Injection {
  const kind = oneOf(recordOf(value, at)["kind"], `${at}.kind`, ["header", "basic", "query", "path", "aws-sigv4"]);
  switch (kind) {
    case "header": {
      const fields = objectOf(value, at, ["kind", "header", "prefix"]);
      const prefix = fields.prefix === "" ? "" : textOf(fields.prefix, `${at}.prefix`, 253, /^[\x21-\x7e]+ ?$/);
      return { kind, header: headerOf(fields.header, `${at}.header`), prefix };
    }
    case "basic":
      return {
        kind,
        user: nullOr(objectOf(value, at, ["kind", "user"]).user, (user) => textOf(user, `${at}.user`, 253, /^[^:]+$/)),
      };
    case "query":
      return { kind, parameter: textOf(objectOf(value, at, ["kind", "parameter"]).parameter, `${at}.parameter`, 253) };
    case "path":
      return { kind, prefix: textOf(objectOf(value, at, ["kind", "prefix"]).prefix, `${at}.prefix`, 253, /^[a-z]+$/) };
    case "aws-sigv4":
      objectOf(value, at, ["kind"]);
      return { kind };
  }
}

function headerOf(value: unknown, at: string): string {
  return textOf(value, at, 253, /^[!#$%&'*+.^`|~0-9a-z-]+$/);
}

/** A secret is only put where a client's own is seen. */
function missingCarrier({ into, carriers, queryCarriers }: InjectionPlace): string | null {
  const header =
    into.kind === "header" ? into.header : into.kind === "query" || into.kind === "path" ? null : "authorization";
  if (header !== null && !carriers.includes(header)) return `${header} among them`;
  return into.kind === "query" && !queryCarriers.includes(into.parameter) ? `${into.parameter} in queryCarriers` : null;
}
