import type { HostPattern } from "./model.ts";

/** Whether every host of the narrow pattern is one of the wide one. */
export function patternCovers(wide: HostPattern, narrow: HostPattern): boolean {
  switch (wide.kind) {
    case "exact":
      return narrow.kind === "exact" && narrow.name === wide.name;
    case "address":
      return narrow.kind === "address" && narrow.address === wide.address;
    case "one-label":
      if (narrow.kind === "one-label") return narrow.suffix === wide.suffix;
      return narrow.kind === "exact" && labelsBefore(narrow.name, wide.suffix) === 1;
    case "any-depth":
      if (narrow.kind === "exact") return labelsBefore(narrow.name, wide.suffix) >= 1;
      return (
        narrow.kind !== "address" && (narrow.suffix === wide.suffix || labelsBefore(narrow.suffix, wide.suffix) >= 1)
      );
  }
}

function labelsBefore(name: string, suffix: string): number {
  return name.endsWith(`.${suffix}`) ? name.slice(0, -suffix.length - 1).split(".").length : 0;
}
