import type { HostPattern } from "../model/model.ts";
import type { CanonicalHost } from "./canonical-host.ts";
import { type Guards, WHOLE } from "./guards.ts";

/** Whether the pattern covers the host. Patterns and hosts are canonical, so this is plain text comparison. */
export function hostMatches(pattern: HostPattern, host: CanonicalHost, guards: Guards = WHOLE): boolean {
  switch (pattern.kind) {
    case "exact":
      return host.kind === "name" && host.name === pattern.name;
    case "one-label":
      return host.kind === "name" && labelsBefore(host.name, pattern.suffix, guards) === 1;
    case "any-depth":
      return host.kind === "name" && labelsBefore(host.name, pattern.suffix, guards) >= 1;
    case "address":
      return host.kind === "address" && host.address === pattern.address;
  }
}

const SPECIFICITY = { exact: 3, address: 3, "one-label": 2, "any-depth": 1 } as const satisfies Record<
  HostPattern["kind"],
  number
>;

/** Greater is more specific: exact before `*`, `*` before `**`, and among wildcards the longer suffix. */
export function hostSpecificity(pattern: HostPattern): readonly [kind: number, suffixLength: number] {
  return [SPECIFICITY[pattern.kind], "suffix" in pattern ? pattern.suffix.length : 0];
}

/** How many labels stand before `.suffix`; 0 when the name is no true subdomain. */
function labelsBefore(name: string, suffix: string, guards: Guards): number {
  if (!name.endsWith(guards.has("label-boundaries") ? `.${suffix}` : suffix)) return 0;
  return name.slice(0, -suffix.length - 1).split(".").length;
}
