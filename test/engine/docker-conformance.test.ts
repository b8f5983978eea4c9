import { conformance } from "../conformance/suite.ts";
import { aDockerWorld } from "../conformance/docker-world.ts";

conformance("docker", aDockerWorld);
