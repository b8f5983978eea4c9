import { readFileSync, readdirSync } from "node:fs";
import { networkInterfaces } from "node:os";
import { join } from "node:path";

const IFF_UP = 1;
const POLL_MS = 250;

/**
 * The interfaces besides `lo` that are up, by the kernel's two ways of telling. Tunnel devices that a kernel puts down
 * into every new namespace are no way out: nobody in a sandbox has the right to raise them.
 */
export function foreignInterfaces(sysClassNet: string): readonly string[] {
  const addressed = Object.entries(networkInterfaces())
    .filter(([, addresses]) => addresses?.some((each) => !each.internal) ?? false)
    .map(([name]) => name);
  return [...new Set([...addressed, ...raisedIn(sysClassNet)])].filter((name) => name !== "lo").toSorted();
}

/** Calls back once when an interface besides `lo` is there. */
export function watchInterfaces(sysClassNet: string, found: (names: readonly string[]) => void): () => void {
  const look = (): void => {
    const names = foreignInterfaces(sysClassNet);
    if (names.length === 0) return;
    clearInterval(timer);
    found(names);
  };
  const timer = setInterval(look, POLL_MS);
  return () => clearInterval(timer);
}

function raisedIn(sysClassNet: string): readonly string[] {
  let names: readonly string[];
  try {
    names = readdirSync(sysClassNet);
  } catch {
    return [];
  }
  return names.filter((name) => isUp(join(sysClassNet, name, "flags")));
}

function isUp(path: string): boolean {
  try {
    return (Number.parseInt(readFileSync(path, "latin1"), 16) & IFF_UP) !== 0;
  } catch {
    // No device, such as the file bonding_masters, or one that went in this moment.
    return false;
  }
}
