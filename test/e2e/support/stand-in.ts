import { join } from "node:path";
import { build } from "esbuild";
import { eventually, must } from "./command.ts";
import { anOrdinaryContainer } from "./containers.ts";
import type { Scope } from "./scope.ts";
import type { World } from "./world.ts";

/** A program of the test's own that answers on a world's address. */
export interface StandIn<Event> {
  readonly container: string;
  /** Everything that it told, in order. */
  readonly told: () => Promise<readonly Event[]>;
}

/** What a stand-in with web servers tells. */
export interface WebEvent {
  readonly at: number;
  readonly kind: "ready" | "request" | "turn" | "error";
  readonly host?: string;
  readonly method?: string;
  readonly path?: string;
  /** Of a request: names and values by turns, as they came. */
  readonly headers?: readonly string[];
}

/** Runs `programs/<name>/main.ts` in the network namespace of a world without web servers, until it says that it is ready. */
export async function aStandIn<Event extends { readonly kind: string }>(
  scope: Scope,
  world: World,
  name: string,
  environment: Readonly<Record<string, string>>,
): Promise<StandIn<Event>> {
  const container = await anOrdinaryContainer(scope, {
    network: `container:${world.container}`,
    flags: Object.entries(environment).flatMap(([variable, value]) => ["-e", `${variable}=${value}`]),
    command: ["node", "--input-type=module", "-e", await bundled(name)],
  });
  const told = async (): Promise<readonly Event[]> =>
    (await must(["docker", "logs", container]))
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as Event); // the program writes nothing else
  await eventually(`${name} answers`, async () => (await told()).some((each) => each.kind === "ready"));
  return { container, told };
}

async function bundled(name: string): Promise<string> {
  const made = await build({
    entryPoints: [join(import.meta.dirname, "programs", name, "main.ts")],
    bundle: true,
    platform: "node",
    format: "esm",
    write: false,
    logLevel: "error",
  });
  return made.outputFiles[0]?.text ?? "";
}

/** The values of one header in an event, in order. */
export function headersOf(event: WebEvent, name: string): readonly string[] {
  return (event.headers ?? []).filter((_, index, all) => index % 2 === 1 && all[index - 1]?.toLowerCase() === name);
}
