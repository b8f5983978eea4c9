import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { connectDocker } from "../../src/backends/docker/connect.ts";
import type { Engine } from "../../src/backends/docker/connect.ts";
import { DockerBackend } from "../../src/backends/docker/docker-backend.ts";
import { suppliersFor } from "../../src/cli/suppliers.ts";
import { baseImage } from "../../src/image/base-image.ts";
import { pause, sweep } from "../support/by-hand.ts";
import { engine, engineList, filtersOf } from "../support/raw-engine.ts";
import type { Json } from "../support/raw-engine.ts";
import { aShell } from "../support/shell.ts";
import { pipelineFor } from "./pipeline.ts";
import type { Standing, TestWorld } from "./test-world.ts";

/** A project of its own on the machine's Docker, gone when it is closed. */
export function aDockerWorld(): Promise<TestWorld> {
  return anEngineWorld(() => connectDocker(process.env));
}

/** As aDockerWorld, on any engine; calls by hand go where `speakTo` said. */
export async function anEngineWorld(connect: () => Promise<Engine>): Promise<TestWorld> {
  const project = `t${randomBytes(4).toString("hex")}`;
  const pipeline = pipelineFor((loaded) => DockerBackend.open(connect(), suppliersFor(loaded, aShell())));
  const { tag } = await baseImage(process.env);
  return {
    ...pipeline,
    project,
    baseImage: tag,
    look: async () => {
      const all = await concerning(project);
      const reports = await Promise.all(all.map((each) => engine("GET", `/containers/${each["Id"]}/json`)));
      return reports.map(standing).toSorted((a, b) => (a.name < b.name ? -1 : 1));
    },
    volumes: async () => {
      const found = await engine("GET", `/volumes?${filtersOf({ label: [`coop.dev/project=${project}`] })}`);
      return (found["Volumes"] ?? []).map((each: Json) => each["Name"]).toSorted();
    },
    watch: (seen) => {
      const stopping = new AbortController();
      const loop = async (): Promise<void> => {
        while (!stopping.signal.aborted) {
          seen((await concerning(project)).map(glimpse));
          await sleep(10);
        }
      };
      const done = loop();
      return () => {
        stopping.abort();
        return done;
      };
    },
    hand: {
      stop: (name) => call("POST", `/containers/${name}/stop?t=1`),
      kill: (name) => call("POST", `/containers/${name}/kill`),
      pause,
      remove: (name) => call("DELETE", `/containers/${name}?force=1`),
      rename: (name, to) => call("POST", `/containers/${name}/rename?name=${to}`),
      squat: async (name) => {
        await engine("POST", `/containers/create?name=${name}`, { Image: tag, Entrypoint: ["sleep", "infinity"] });
        await engine("POST", `/containers/${name}/start`);
      },
      copy: async (name, as) => {
        const { Config, HostConfig } = await engine("GET", `/containers/${name}/json`);
        await engine("POST", `/containers/create?name=${as}`, { ...Config, HostConfig });
        await engine("POST", `/containers/${as}/start`);
      },
      squatVolume: (name) => call("POST", "/volumes/create", { Name: name }),
      squatNetwork: (name) => call("POST", "/networks/create", { Name: name }),
    },
    close: () => sweep(project),
  };
}

async function call(method: string, path: string, body?: unknown): Promise<void> {
  await engine(method, path, body);
}

async function concerning(project: string): Promise<readonly Json[]> {
  const all = await engineList("/containers/json?all=1");
  return all.filter(
    (each) =>
      each["Labels"]?.["coop.dev/project"] === project || String(each["Names"]?.[0]).startsWith(`/coop.${project}.`),
  );
}

function glimpse(each: Json): Standing {
  const name = String(each["Names"]?.[0] ?? "").slice(1);
  return {
    id: each["Labels"]?.["coop.dev/id"] ?? "",
    name,
    handle: each["Id"],
    running: each["State"] === "running",
    created: 0,
    started: 0,
  };
}

function standing(report: Json): Standing {
  const { Id, Name, Created, Config, State } = report;
  return {
    id: Config.Labels?.["coop.dev/id"] ?? "",
    name: Name.slice(1),
    handle: Id,
    running: State.Running && !State.Paused,
    created: Date.parse(Created),
    started: Date.parse(State.StartedAt),
  };
}
