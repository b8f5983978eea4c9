import { existsSync } from "node:fs";
import type { Capabilities } from "../../model/capabilities.ts";
import { ENGINE_NAMES } from "./connect.ts";
import type { Engine } from "./connect.ts";

/** What an engine can enforce, by its own word and this machine's. */
export function capabilitiesOf(engine: Engine): Capabilities {
  const { information } = engine;
  const security = Array.isArray(information["SecurityOptions"]) ? information["SecurityOptions"].map(String) : [];
  const runtimes = runtimesOf(engine);
  const controllers = engine.controllers;
  const enforces = (name: string, told: string): boolean =>
    information[told] === true && (controllers === null || controllers.includes(name));
  return {
    description: `${ENGINE_NAMES[engine.kind]} ${engine.version}, API ${engine.apiVersion}`,
    memoryLimit: enforces("memory", "MemoryLimit"),
    cpuLimit: enforces("cpu", "CpuCfsQuota"),
    pidsLimit: enforces("pids", "PidsLimit"),
    seccomp: security.some((each) => each.startsWith("name=seccomp")),
    isolations: [
      "container",
      ...(runtimes.includes("runsc") ? (["gvisor"] as const) : []),
      ...(runtimes.includes("kata-runtime") ? (["kata"] as const) : []),
    ],
    local: engine.address.startsWith("unix://"),
  };
}

// Podman lists every runtime that it has heard of, whether its program is there or not.
function runtimesOf({ kind, information }: Engine): readonly string[] {
  const told: unknown = information["Runtimes"];
  const entries = typeof told === "object" && told !== null ? Object.entries(told) : [];
  return entries.flatMap(([name, runtime]: readonly [string, unknown]) => {
    if (kind === "docker") return [name];
    const path = typeof runtime === "object" && runtime !== null && "path" in runtime ? String(runtime.path) : "";
    return existsSync(path) ? [name] : [];
  });
}
