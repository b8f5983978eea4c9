import type { ImageSpec } from "../../../compilers/container/resources.ts";
import type { BuildInput } from "../../model/inputs.ts";
import { CoopError } from "../../diagnostics/coop-error.ts";
import { engineCall, engineFind } from "./engine-errors.ts";
import type { Hands } from "./hands.ts";

/** On images that coop built: the digest of what they were built from. */
export const BUILD_LABEL = "coop.dev/build";

/** Builds or pulls an image, whichever its spec says. */
export async function makeImage(hands: Hands, spec: ImageSpec): Promise<void> {
  if (await isThere(hands, spec.tag)) return;
  const { build } = spec;
  if (build === null) {
    hands.report("pulling");
    const stream = await engineCall(`pull "${spec.tag}"`, () => hands.docker.pull(spec.tag));
    return follow(hands, `pull "${spec.tag}"`, stream);
  }
  hands.report("building");
  // Two builds of one recipe are two images: the later one would take the tag away from what already runs on the first.
  await hands.suppliers.buildAlone(build.tag, async () => {
    if (!(await isThere(hands, build.tag))) await buildImage(hands, build);
  });
}

async function isThere(hands: Hands, tag: string): Promise<boolean> {
  return (await engineFind(`inspect the image "${tag}"`, () => hands.docker.getImage(tag).inspect())) !== null;
}

async function buildImage(hands: Hands, build: BuildInput): Promise<void> {
  const context = await hands.suppliers.buildContext(build);
  const options = {
    t: build.tag,
    networkmode: build.network === "none" ? "none" : "default",
    rm: true,
    forcerm: true,
    ...(build.context.kind === "repository" ? { dockerfile: build.context.path } : {}),
    buildargs: build.arguments,
    labels: { [BUILD_LABEL]: build.digest },
  };
  const stream = await engineCall(`build ${build.title}`, () => hands.docker.buildImage(context, options));
  await follow(hands, `build ${build.title}`, stream);
}

/** One line of what a build or a pull answers. */
interface ProgressLine {
  readonly stream?: string;
  readonly status?: string;
  readonly error?: string;
}

const SHOWN_LINES = 15;

// Both endpoints answer with JSON lines, and report a failure inside a 200.
async function follow(hands: Hands, doing: string, stream: NodeJS.ReadableStream): Promise<void> {
  const tail: string[] = [];
  let failure: string | null = null;
  await new Promise<void>((resolve, reject) => {
    hands.docker.modem.followProgress(
      stream,
      (cause) => (cause === null ? resolve() : reject(cause)),
      (event: ProgressLine) => {
        failure = event.error ?? failure;
        const line = (event.stream ?? event.status ?? "").trim();
        if (line === "") return;
        tail.push(line);
        if (tail.length > SHOWN_LINES) tail.shift();
        hands.report(line);
      },
    );
  }).catch((cause: unknown) => {
    throw new CoopError("ENGINE_REFUSED", `The connection to Docker broke while it was to ${doing}.`, { cause });
  });
  if (failure === null) return;
  const said = tail.map((line) => `\n    ${line}`).join("");
  throw new CoopError("ENGINE_REFUSED", `Docker could not ${doing}: ${String(failure)}${said}`);
}
