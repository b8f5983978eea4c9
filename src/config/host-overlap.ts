import type { HostPattern } from "../model/model.ts";

/** Whether some host matches both patterns. */
export function hostsOverlap(a: HostPattern, b: HostPattern): boolean {
  if (a.kind === "address" || b.kind === "address") return a.kind === b.kind && hostKey(a) === hostKey(b);
  if (a.kind === "exact") return covers(b, a.name);
  if (b.kind === "exact") return covers(a, b.name);
  if (a.suffix === b.suffix) return true;
  if (a.kind === "one-label") return b.kind === "any-depth" && a.suffix.endsWith(`.${b.suffix}`);
  return b.kind === "one-label"
    ? b.suffix.endsWith(`.${a.suffix}`)
    : a.suffix.endsWith(`.${b.suffix}`) || b.suffix.endsWith(`.${a.suffix}`);
}

/** Whether a pattern matches one name. */
export function covers(pattern: HostPattern, name: string): boolean {
  switch (pattern.kind) {
    case "address":
      return false;
    case "exact":
      return pattern.name === name;
    case "one-label":
      return name.endsWith(`.${pattern.suffix}`) && !name.slice(0, -pattern.suffix.length - 1).includes(".");
    case "any-depth":
      return name.endsWith(`.${pattern.suffix}`);
  }
}

/** Equal for equal patterns, in the file's own spelling. */
export function hostKey(pattern: HostPattern): string {
  switch (pattern.kind) {
    case "address":
      return pattern.address;
    case "exact":
      return pattern.name;
    case "one-label":
      return `*.${pattern.suffix}`;
    case "any-depth":
      return `**.${pattern.suffix}`;
  }
}
