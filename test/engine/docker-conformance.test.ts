import { conformance } from "../conformance/suite.ts";
import { aDockerWorld } from "../conformance/engine-world.ts";

conformance("docker", aDockerWorld);
