import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { pipeline } from "node:stream/promises";
import { aptInstall } from "./apt.mjs";
import { withLock } from "./lock.mjs";
import { canInstallPackages, onPath } from "./machine.mjs";
import { say, step } from "./progress.mjs";
import { SetupError } from "./setup-error.mjs";

// What Podman needs to run containers as root and as an ordinary user, without what its package only recommends.
const PACKAGES = ["podman", "runc", "netavark", "catatonit", "slirp4netns", "uidmap", "fuse-overlayfs"];

/**
 * Makes Podman ready beside Docker for the tests that need it, with the same images. Where it is not there and may not be
 * installed, those tests say so by name.
 */
export async function ensurePodman({ client }, images) {
  if (!onPath("podman")) {
    if (!canInstallPackages()) {
      say("… Podman is not installed, and packages cannot be installed here: its tests are skipped");
      return;
    }
    await withLock("apt", async () => {
      if (onPath("podman")) return;
      const what = `apt-get install ${PACKAGES.join(" ")}: adds Podman to this machine, for the tests on it`;
      await step("podman-install", what, ({ log }) => aptInstall(PACKAGES, { log }));
    });
  }
  await withLock("podman-images", async () => {
    const missing = Object.values(images).filter((ref) => !hasImage(ref));
    if (missing.length === 0) return;
    await step("podman-images", `podman load: gives Podman ${missing.join(", ")}`, ({ log }) =>
      load(client, missing, log),
    );
  });
}

function hasImage(ref) {
  return spawnSync("podman", ["image", "exists", fullName(ref)]).status === 0;
}

// Short names are Docker's, of its registry; Podman would take them for images of this machine's own.
function fullName(ref) {
  return ref.includes("/") ? ref : `docker.io/library/${ref}`;
}

async function load(client, refs, log) {
  const query = new URLSearchParams(refs.map((ref) => ["names", ref]));
  const archive = await client.request("GET", `/images/get?${query}`);
  const podman = spawn("podman", ["load"], { stdio: ["pipe", "pipe", "pipe"] });
  for (const output of [podman.stdout, podman.stderr]) output.on("data", (chunk) => log.write(chunk));
  const ended = once(podman, "close");
  await pipeline(archive, podman.stdin);
  const [code] = await ended;
  if (code !== 0) throw new SetupError("Podman did not take the images.", { mend: "See that `podman info` works." });
  for (const ref of refs.filter((each) => fullName(each) !== each)) {
    spawnSync("podman", ["tag", `localhost/${ref}`, fullName(ref)]);
  }
}
