import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const FOLDER = "/usr/local/share/ca-certificates";
const SYSTEM_BUNDLE = "/etc/ssl/certs/ca-certificates.crt";

/** Certificate authorities that this machine's owner added to the public ones, as PEM blocks in a stable order. */
export function addedAuthorities() {
  const files = existsSync(FOLDER)
    ? readdirSync(FOLDER, { recursive: true }).filter((file) => file.endsWith(".crt"))
    : [];
  const paths = files.map((file) => join(FOLDER, file));
  const extra = process.env.NODE_EXTRA_CA_CERTS;
  if (extra !== undefined && extra !== SYSTEM_BUNDLE && existsSync(extra)) paths.push(extra);
  // By code unit, which `sort` does by itself, so that every machine agrees on the order.
  return [...new Set(paths.flatMap(blocksIn))].sort();
}

function blocksIn(path) {
  return readFileSync(path, "utf8").match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
}
