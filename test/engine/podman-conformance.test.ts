import { beforeAll } from "vitest";
import { connectPodman } from "../../src/backends/docker/podman/connect-podman.ts";
import { anEngineWorld } from "../conformance/engine-world.ts";
import { conformance } from "../conformance/suite.ts";
import { speakToPodman } from "../support/podman-hands.ts";

beforeAll(speakToPodman);

conformance("podman", () => anEngineWorld(() => connectPodman(process.env)));
