import type { InjectionPlace } from "../../model/provider.ts";
import { canonicalHost } from "../canonical-host.ts";
import { hostMatches } from "../host-match.ts";
import { pathMatches, pathOf } from "../path-match.ts";
import type { PolicyCredential } from "../policy.ts";

/** Where the credential goes in a request for this host and target; undefined = it does not go there at all. */
export function placeFor({ places }: PolicyCredential, host: string, rawTarget: string): InjectionPlace | undefined {
  const canonical = canonicalHost(host);
  return places.find(
    ({ hosts, paths }) =>
      hosts.some((pattern) => hostMatches(pattern, canonical)) &&
      (paths.length === 0 || paths.some((glob) => pathMatches(glob, pathOf(rawTarget)))),
  );
}
