import { readlinkSync } from "node:fs";

/**
 * The machine's time zone, as `TZ` takes it; empty for UTC. From the system's own link where there is one: asking Intl
 * loads the whole of Node's locale data, which takes as long as a fresh Node does to start.
 */
export function timeZone(environment: Readonly<Record<string, string | undefined>>): string {
  const zone = environment["TZ"] || linkedZone() || Intl.DateTimeFormat().resolvedOptions().timeZone;
  return zone === "UTC" || zone === "Etc/UTC" ? "" : zone;
}

function linkedZone(): string | null {
  try {
    return /\/zoneinfo\/(?:posix\/|right\/)?([A-Za-z0-9_+/-]+)$/.exec(readlinkSync("/etc/localtime"))?.[1] ?? null;
  } catch {
    return null;
  }
}
