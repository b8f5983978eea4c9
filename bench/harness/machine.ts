import { cpus, loadavg, release, totalmem } from "node:os";
import type Dockerode from "dockerode";

/** Where and when the figures were taken, for whoever compares them with others. */
export interface Machine {
  readonly date: string;
  readonly processors: string;
  readonly memoryGibibytes: number;
  readonly system: string;
  readonly node: string;
  readonly engine: string;
  /** One minute's load at the end: with it the reader knows what else ran. */
  readonly load: number;
}

export async function machine(docker: Dockerode): Promise<Machine> {
  const [version, information] = await Promise.all([docker.version(), docker.info()]);
  return {
    date: new Date().toISOString().slice(0, 10),
    processors: `${cpus().length} × ${cpus()[0]?.model.trim() ?? "unknown"}`,
    memoryGibibytes: Math.round(totalmem() / 1024 ** 3),
    system: `${String(information.OperatingSystem)}, Linux ${release()}, cgroup v${String(information.CgroupVersion ?? "1")}`,
    node: process.version,
    engine: `Docker ${version.Version} (${String(information.Driver)})`,
    load: loadavg()[0] ?? 0,
  };
}
