import type { HostPattern } from "./model.ts";

/** A host pattern as people write it: `api.example.com`, `*.example.com`, `**.example.com`, `10.0.0.7`. */
export function hostPatternText(host: HostPattern): string {
  switch (host.kind) {
    case "exact":
      return host.name;
    case "one-label":
      return `*.${host.suffix}`;
    case "any-depth":
      return `**.${host.suffix}`;
    case "address":
      return host.address;
  }
}
