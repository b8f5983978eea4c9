import { spawn } from "node:child_process";
import { join } from "node:path";
import { isMutating } from "../../test/faults/engine-call.ts";
import { engineProxy } from "../../test/faults/engine-proxy.ts";
import type { Fault } from "../../test/faults/fault.ts";
import { engine, engineList } from "../../test/support/raw-engine.ts";
import type { Json } from "../../test/support/raw-engine.ts";
import type { Bench, Project } from "../harness/bench.ts";
import { sandboxesForCompose, sandboxesForCoop } from "../harness/sandboxes.ts";

/** How many sandboxes are kept equal to their file. */
export const SANDBOXES = 6;

/** One of the two that are compared: its words, and where its containers are. */
export class ScoreArm {
  readonly project: Project;
  readonly kind: "coop" | "compose";
  readonly #bench: Bench;

  constructor(bench: Bench, kind: "coop" | "compose", purpose: string) {
    this.#bench = bench;
    this.kind = kind;
    this.project = bench.project(`${purpose}-${kind}`);
  }

  /** The engine's name of one sandbox. */
  named(index: number): string {
    return this.kind === "coop" ? `coop.${this.project.name}.sandbox.a${index}.0` : `${this.project.name}-a${index}-1`;
  }

  write(revision: number, file = this.file): void {
    const revisions = Array.from({ length: SANDBOXES }, () => revision);
    const text =
      this.kind === "coop"
        ? sandboxesForCoop(this.project.name, revisions)
        : sandboxesForCompose(this.#bench.images.base, revisions);
    this.project.write(file, text);
  }

  get file(): string {
    return this.kind === "coop" ? "coop.yaml" : "compose.yaml";
  }

  /** Makes the world as the file says, by the command that a user types; gives its exit code. */
  up(
    file = this.file,
    environment: Readonly<Record<string, string>> = {},
    killer?: (kill: () => void) => void,
  ): Promise<number> {
    const words = this.kind === "coop" ? ["apply", "--yes", "-f", file] : ["-f", file, "up", "-d"];
    const line = this.kind === "coop" ? this.project.coop(...words) : this.project.compose(...words);
    const env = { ...line.environment, ...environment };
    const child = spawn(line.command, line.args, { cwd: line.cwd, env, stdio: "ignore", timeout: 180_000 });
    killer?.(() => child.kill("SIGKILL"));
    return new Promise((resolve, reject) => child.on("error", reject).on("close", (code) => resolve(code ?? 137)));
  }

  /** As `up`, with a fault at the call of this number among those that change something. */
  async spoiltUp(at: number, fault: Fault): Promise<void> {
    const path = join(this.project.folder, "engine.sock");
    const proxy = await engineProxy({ path, engine: "/var/run/docker.sock", project: this.project.name });
    let count = 0;
    await this.up(this.file, { DOCKER_HOST: proxy.address }, (kill) =>
      proxy.arm((call) => {
        count += isMutating(call) ? 1 : 0;
        return isMutating(call) && count === at ? fault : null;
      }, kill),
    );
    await proxy.close();
  }

  /** Removes all of it by the engine's own hand, so that nothing of one scenario is left for the next. */
  async clear(): Promise<void> {
    await Promise.all((await this.#all()).map((each) => engine("DELETE", `/containers/${each["Id"]}?force=1&v=1`)));
  }

  /** What the engine says of each container, without what differs from one making to the next. */
  async standing(): Promise<Readonly<Record<string, string>>> {
    const reports = await Promise.all(
      (await this.#all()).map((each) => engine("GET", `/containers/${each["Id"]}/json`)),
    );
    return Object.fromEntries(reports.map((report) => [String(report["Name"]), JSON.stringify(essence(report))]));
  }

  async #all(): Promise<readonly Json[]> {
    const { name } = this.project;
    return (await engineList("/containers/json?all=1")).filter(({ Labels, Names }) => {
      const ours = Labels["coop.dev/project"] === name || Labels["com.docker.compose.project"] === name;
      return ours || Names.some((each: string) => each.includes(name));
    });
  }
}

function essence({ State, HostConfig, Config, NetworkSettings }: Json): unknown {
  const { Memory, PidsLimit, NanoCpus, RestartPolicy, CapDrop, SecurityOpt, ReadonlyRootfs, NetworkMode } = HostConfig;
  const limits = { Memory, PidsLimit, NanoCpus, RestartPolicy: RestartPolicy.Name };
  const walls = { CapDrop, hardened: SecurityOpt?.[0], ReadonlyRootfs, NetworkMode, User: Config.User };
  const networks = Object.keys(NetworkSettings.Networks ?? {});
  return {
    status: State.Status,
    revision: Config.Env.find((each: string) => each.startsWith("REVISION=")),
    limits,
    walls,
    networks,
  };
}
