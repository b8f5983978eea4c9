import { chmodSync, createReadStream, existsSync } from "node:fs";
import { join } from "node:path";
import { aptInstall } from "./apt.mjs";
import { withLock } from "./lock.mjs";
import { canInstallPackages, onPath, osRelease } from "./machine.mjs";
import { step } from "./progress.mjs";
import { runCommand } from "./run-command.mjs";
import { SetupError } from "./setup-error.mjs";
import { withTemporaryFolder } from "./temporary-folder.mjs";

/** Makes sure that Debian's bootstrapper is here; it makes a root file system from packages alone. */
export async function ensureMmdebstrap() {
  if (onPath("mmdebstrap")) return;
  if (!canInstallPackages()) {
    throw new SetupError("No image registry answers, and the images cannot be made from Debian packages here.", {
      mend: "Make the registry of your Docker engine reachable (see that `docker pull node:24-bookworm-slim` works), or run as root on Debian.",
    });
  }
  await withLock("apt", async () => {
    if (onPath("mmdebstrap")) return;
    await step(
      "mmdebstrap",
      "apt-get install mmdebstrap: no image registry answers, images are made from Debian packages",
      ({ log }) => aptInstall(["mmdebstrap", "debian-archive-keyring"], { log }),
    );
  });
}

/** Imports a fresh Debian with these packages into the engine as `ref`. `hooks` run before the packages are installed. */
export async function importDebianRoot({ client, ref, suite, packages, hooks, log }) {
  await withTemporaryFolder(async (folder) => {
    const tar = join(folder, "root.tar");
    const options = [
      "--variant=apt",
      // Nothing here has to survive a power cut.
      "--dpkgopt=force-unsafe-io",
      `--include=${packages.join(",")}`,
      ...hooks.map((hook) => `--essential-hook=${hook}`),
      `--customize-hook=${WITHOUT_SOURCE_PASSWORDS}`,
    ];
    const mend = "Check that `apt-get update` works on this machine, then run the same command again.";
    // Its scratch files lie in our folder, which goes with us; apt's own user must be able to enter it.
    chmodSync(folder, 0o755);
    const env = { ...process.env, TMPDIR: folder };
    await runCommand("mmdebstrap", [...options, suite, tar, ...hostSources(suite)], { log, env, mend });
    const [repo, tag] = ref.split(":");
    await client.follow("POST", `/images/create?${new URLSearchParams({ fromSrc: "-", repo, tag })}`, {
      body: createReadStream(tar),
      headers: { "content-type": "application/x-tar" },
    });
  });
}

// The image keeps the package sources that it was made from, since later builds on it install from them; a user name or
// password in their addresses it does not keep.
const WITHOUT_SOURCE_PASSWORDS = `find "$1/etc/apt" -name "*.list" -o -name "*.sources" | xargs -r sed -i -E 's#://[^/@ ]+@#://#g'`;

/** This machine's own package sources where it is the same Debian; elsewhere mmdebstrap's defaults. */
function hostSources(suite) {
  const { ID, VERSION_CODENAME } = osRelease();
  if (ID !== "debian" || VERSION_CODENAME !== suite) return [];
  return ["/etc/apt/sources.list", "/etc/apt/sources.list.d/debian.sources"].filter((path) => existsSync(path));
}
