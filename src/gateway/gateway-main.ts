import { parseArgs } from "node:util";
import { passToAdmin } from "./admin/admin-client.ts";
import { startAdmin } from "./admin/admin-server.ts";
import { HeldProvisions } from "./admin/held-provisions.ts";
import { addressCheck } from "./address-check.ts";
import { keepMemoryOutOfCores } from "./cores.ts";
import { decisionLog } from "./decision-log.ts";
import { startGateway } from "./gateway.ts";
import { lineWriter } from "./line-writer.ts";
import { ownAddresses } from "./own-addresses.ts";
import { dnsResolve } from "./resolve.ts";

/**
 * The gateway as a process: `gateway [--policy DIRECTORY] [--run DIRECTORY] [--admin-socket PATH]`. Decisions go to standard
 * output. With `--admin` it is a messenger instead: one line of provisions from standard input to the gateway that runs.
 */
const { values } = parseArgs({
  options: {
    policy: { type: "string", default: "/etc/coop/policy" },
    run: { type: "string", default: "/run/coop" },
    "admin-socket": { type: "string", default: "/run/coop-admin/admin.sock" },
    admin: { type: "boolean", default: false },
  },
});

// Before any value is there; the messenger has them in its hands as well.
const dumpsNothing = keepMemoryOutOfCores();

if (values.admin) {
  const { output, exitCode } = await passToAdmin(values["admin-socket"], process.stdin);
  await new Promise((resolve) => process.stdout.write(output, resolve));
  process.exit(exitCode);
}

const clock = { now: () => Date.now() };
const lines = lineWriter(1);
const log = decisionLog((line) => lines.write(line), clock);

process.on("uncaughtException", (error) => log.event("internal-error", { reason: error.stack ?? String(error) }));
process.on("unhandledRejection", (error) => log.event("internal-error", { reason: String(error) }));

if (!dumpsNothing) log.event("cores-unlimited", { reason: "/proc/self/coredump_filter cannot be written" });

async function failed(error: unknown): Promise<never> {
  log.event("gateway-failed", { reason: String(error) });
  await lines.flush();
  return process.exit(1);
}

// In memory alone: a gateway that starts has none until somebody gives them again.
const held = new HeldProvisions(log);

// Before the gateway says that it is ready, since whoever hears that may give at once.
const stopAdmin = await startAdmin({
  path: values["admin-socket"],
  take: async (given) => {
    held.replace(given);
    await (await starting).report();
  },
  forget: async (names) => {
    const gateway = await starting;
    const forgotten = held.forget(names);
    gateway.forget(Object.values(forgotten));
    await gateway.report();
    return Object.keys(forgotten);
  },
  renewed: async () => (await starting).renewed(),
  log,
}).catch(failed);

const starting = startGateway({
  policyDirectory: values.policy,
  runDirectory: values.run,
  resolverFor: dnsResolve,
  addressCheckFor: (hostAddresses) => addressCheck(ownAddresses(), hostAddresses),
  provisions: () => held.current,
  log,
  clock,
});
const gateway = await starting.catch(failed);

process.on("SIGHUP", () => void gateway.reload());
for (const signal of ["SIGTERM", "SIGINT"] as const) {
  process.once(signal, () => {
    void stopAdmin()
      .then(() => gateway.close())
      .then(() => lines.flush())
      .finally(() => process.exit(0));
  });
}
