import { aptInstall, aptKnows } from "./apt.mjs";
import { DEFAULT_HOST, findEngine, otherEngines } from "./find-engine.mjs";
import { withLock } from "./lock.mjs";
import { canInstallPackages, hasSystemd, onPath } from "./machine.mjs";
import { step } from "./progress.mjs";
import { SetupError } from "./setup-error.mjs";
import { startEngine } from "./start-engine.mjs";

/** A Docker engine that answers; installs and starts one where none does and the machine allows it. */
export async function ensureEngine() {
  return (
    (await findEngine()) ?? (await withLock("engine", async () => (await findEngine()) ?? (await provideEngine())))
  );
}

async function provideEngine() {
  if (process.env.DOCKER_HOST)
    throw refusal(`DOCKER_HOST is ${process.env.DOCKER_HOST}, and no Docker engine answers there.`);
  const canStart = process.platform === "linux" && process.getuid?.() === 0;
  if (!onPath("dockerd")) {
    if (!canInstallPackages()) throw refusal("No Docker engine answers.");
    await step(
      "engine-install",
      "apt-get install docker.io iptables: adds the Docker engine to this machine",
      async ({ log }) => {
        await aptInstall(["docker.io", "iptables"], { log });
        if (!onPath("docker") && aptKnows("docker-cli")) await aptInstall(["docker-cli"], { log });
      },
    );
    // The package's own start script may have started it.
    const started = await findEngine();
    if (started !== undefined) return started;
  }
  if (!canStart) throw refusal("The Docker engine is installed but does not answer.");
  const how = hasSystemd() ? "systemctl start docker" : "dockerd, detached, log in .coop/log/dockerd.log";
  return await step("engine-start", `${how}: starts the Docker engine at ${DEFAULT_HOST}`, startEngine);
}

function refusal(message) {
  const others = otherEngines();
  const named =
    others.length === 0
      ? ""
      : ` Found ${others.join(" and ")}, which this set-up does not use: it makes its images in Docker.`;
  return new SetupError(`${message}${named}`, { mend: mend() });
}

function mend() {
  if (process.env.DOCKER_HOST) return "Start that engine, or unset DOCKER_HOST.";
  if (process.platform === "darwin")
    return "Start Docker Desktop (or install it: `brew install --cask docker`), then run the same command again.";
  if (onPath("dockerd"))
    return "Type `sudo systemctl start docker`, see that `docker info` works for your user, then run the same command again.";
  if (onPath("apt-get"))
    return "Type `sudo apt-get install --no-install-recommends docker.io iptables && sudo usermod -aG docker $USER`, log in again, then run the same command again.";
  return "Install Docker Engine for your system, see that `docker info` works, then run the same command again.";
}
