import { beforeAll, describe } from "vitest";
import { connectPodman } from "../../src/backends/docker/podman/connect-podman.ts";
import { anEngineWorld } from "../conformance/engine-world.ts";
import { podmanOr, speakToPodman, WITHOUT_PODMAN } from "../support/podman-hands.ts";
import { driftSuite } from "./drift-suite.ts";

/** A sample: what Podman's own calls can do to a container, and what its reports alone would not show. */
const SAMPLE = new Set([
  "capabilities are not dropped",
  "privileges may be gained",
  "seccomp is off",
  "the root is writable",
  "memory of the host is shared",
  "the name of the host is its own",
  "control groups of the host are seen",
  "the network is the default bridge",
  "a kernel setting is changed",
  "its volume is read-only",
  "its scratch space has no bound",
  "a variable is added",
  "it runs something else",
  "its log has no bound",
  "its memory is raised",
  "its processors are raised",
  "its processes have no bound",
  "it is renamed",
  "it is killed",
  "it is paused",
  "it is removed",
  "a joined sandbox is killed",
  "the forwarder is killed",
  "the gateway is paused",
  "the gateway is removed",
  "the rules are no rules",
]);

describe.skipIf(WITHOUT_PODMAN)(podmanOr("podman"), () => {
  beforeAll(speakToPodman);

  driftSuite(
    "podman",
    () => anEngineWorld(() => connectPodman(process.env)),
    (name) => SAMPLE.has(name),
  );
});
