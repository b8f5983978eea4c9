import { isIP } from "node:net";
import { addressOf } from "./host-pattern.ts";

/** What to write instead of a text that is not a DNS server's address, with a port where it is not 53; null where it is one. */
export function parseResolver(written: string): string | null {
  const [, bracketed, bare, port] = /^(?:\[([^\]]*)\]|([^:[\]]*))(?::(\d{1,5}))?$/u.exec(written) ?? [];
  const address = isIP(written) === 6 ? written : (bracketed ?? bare);
  if (address === undefined) return "Write an address, such as `10.0.0.53` or `[fd00::53]:5353`.";
  if (port !== undefined && (Number(port) < 1 || Number(port) > 65_535)) return "A port is from 1 to 65535.";
  if (isIP(address) !== 0) return null;
  const canonical = addressOf(address);
  if (canonical !== null) return `Write \`${canonical}\`.`;
  return "Write its address: a name would have to be resolved first.";
}
