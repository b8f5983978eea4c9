import { parseArgs } from "node:util";
import { readForwarderIdentity } from "./forwarder/forwarder-config.ts";
import { startForwarder } from "./forwarder/forwarder.ts";
import { foreignInterfaces, watchInterfaces } from "./forwarder/interface-watch.ts";

/**
 * The forwarder as a process. Prints `ready` once it listens. Exit 70: an interface besides `lo` is there, and going
 * away with its namespace is what removes it.
 */
const { values } = parseArgs({
  options: {
    identity: { type: "string", default: "/etc/coop/identity" },
    gateway: { type: "string", default: "/run/coop/gateway.sock" },
    address: { type: "string", default: "127.0.0.1" },
    "proxy-port": { type: "string", default: "3128" },
    "dns-port": { type: "string", default: "53" },
    "publish-address": { type: "string", default: "0.0.0.0" },
    interfaces: { type: "string", default: "/sys/class/net" },
    /** For tests outside of a namespace of their own. */
    "any-interface": { type: "boolean", default: false },
  },
});

const FOREIGN_INTERFACE = 70;
const log = (line: string): void => void process.stderr.write(`${line}\n`);

process.on("uncaughtException", (error) => log(`internal error: ${error.stack ?? String(error)}`));
process.on("unhandledRejection", (error) => log(`internal error: ${String(error)}`));
process.once("SIGTERM", () => process.exit(0));
process.once("SIGINT", () => process.exit(0));

try {
  const who = await readForwarderIdentity(values.identity);
  if (who.config.kind === "sandbox" && !values["any-interface"]) {
    const leave = (names: readonly string[]): never => {
      log(`an interface besides lo: ${names.join(", ")}`);
      process.exit(FOREIGN_INTERFACE);
    };
    const names = foreignInterfaces(values.interfaces);
    if (names.length > 0) leave(names);
    watchInterfaces(values.interfaces, leave);
  }
  await startForwarder({
    who,
    gateway: values.gateway,
    address: values.address,
    proxyPort: Number(values["proxy-port"]),
    dnsPort: Number(values["dns-port"]),
    publishAddress: values["publish-address"],
    log,
  });
  process.stdout.write("ready\n");
} catch (error) {
  log(error instanceof Error ? error.message : String(error));
  process.exit(1);
}
