import { parseArgs } from "node:util";
import { addressCheck } from "./address-check.ts";
import { decisionLog } from "./decision-log.ts";
import { startGateway } from "./gateway.ts";
import { lineWriter } from "./line-writer.ts";
import { ownAddresses } from "./own-addresses.ts";
import { dnsResolve } from "./resolve.ts";

/** The gateway as a process: `gateway [--policy DIRECTORY] [--run DIRECTORY]`. Decisions go to standard output. */
const { values } = parseArgs({
  options: {
    policy: { type: "string", default: "/etc/coop/policy" },
    run: { type: "string", default: "/run/coop" },
  },
});

const clock = { now: () => Date.now() };
const lines = lineWriter(1);
const log = decisionLog((line) => lines.write(line), clock);

process.on("uncaughtException", (error) => log.event("internal-error", { reason: error.stack ?? String(error) }));
process.on("unhandledRejection", (error) => log.event("internal-error", { reason: String(error) }));

const gateway = await startGateway({
  policyDirectory: values.policy,
  runDirectory: values.run,
  resolverFor: dnsResolve,
  addressCheckFor: (hostAddresses) => addressCheck(ownAddresses(), hostAddresses),
  provisions: () => null,
  log,
  clock,
}).catch(async (error: unknown) => {
  log.event("gateway-failed", { reason: String(error) });
  await lines.flush();
  process.exit(1);
});

process.on("SIGHUP", () => void gateway.reload());
for (const signal of ["SIGTERM", "SIGINT"] as const) {
  process.once(signal, () => {
    void gateway
      .close()
      .then(() => lines.flush())
      .finally(() => process.exit(0));
  });
}
