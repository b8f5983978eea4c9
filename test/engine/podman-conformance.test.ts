import { beforeAll, describe } from "vitest";
import { connectPodman } from "../../src/backends/docker/podman/connect-podman.ts";
import { anEngineWorld } from "../conformance/engine-world.ts";
import { conformance } from "../conformance/suite.ts";
import { podmanOr, speakToPodman, WITHOUT_PODMAN } from "../support/podman-hands.ts";

describe.skipIf(WITHOUT_PODMAN)(podmanOr("podman"), () => {
  beforeAll(speakToPodman);

  conformance("podman", () => anEngineWorld(() => connectPodman(process.env)));
});
