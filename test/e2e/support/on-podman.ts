import { mkdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import { machineFacts, settingsFor } from "../../../src/backends/docker/podman/service-settings.ts";
import { callDocker, run } from "./command.ts";
import { readReports } from "./containers.ts";
import { podmanReport } from "./podman-report.ts";

/*
 * Imported before a test file's own tests, has all of them run on Podman: coop by COOP_RUNTIME, and by Podman's own program
 * what the tests do past coop.
 */
const folder = join(tmpdir(), `coop-e2e-podman-${process.geteuid?.() ?? 0}`);
mkdirSync(folder, { recursive: true, mode: 0o700 });
const settings = join(folder, "containers.conf");
writeFileSync(settings, settingsFor(machineFacts(process.env)) ?? "");
process.env["CONTAINERS_CONF"] = settings;
process.env["DISABLE_HC_SYSTEMD"] = "true";
process.env["COOP_RUNTIME"] = "podman";
callDocker(([, ...words]) => {
  // Podman makes no first process where it would be one among the host's.
  const amongTheHosts = words.includes("--pid") && words.includes("host");
  const known = words.map((each) => (each === "bridge" ? "podman" : each));
  return ["podman", ...known.filter((each) => !(amongTheHosts && each === "--init"))];
});
readReports(podmanReport);

// What coop put aside for a container that these tests removed past it.
afterAll(async () => {
  const all = await run(["podman", "ps", "-a", "--format", "{{.Names}}"]);
  for (const name of all.out.split("\n").filter((each) => each.startsWith("coop-aside-")))
    await run(["podman", "rm", "-f", "-v", name]);
});
