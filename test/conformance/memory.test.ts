import { conformance } from "./suite.ts";
import { aMemoryWorld } from "./memory-world.ts";

conformance("memory", async () => aMemoryWorld());
