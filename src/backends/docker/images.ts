import type { ImageSpec } from "../../../compilers/container/resources.ts";
import { CoopError } from "../../diagnostics/coop-error.ts";
import { engineCall, engineFind } from "./engine-errors.ts";
import type { Hands } from "./hands.ts";

/** Builds or pulls an image, whichever its spec says. */
export async function makeImage(hands: Hands, spec: ImageSpec): Promise<void> {
  const present = await engineFind(`inspect the image "${spec.tag}"`, () => hands.docker.getImage(spec.tag).inspect());
  if (present !== null) return;
  const { build } = spec;
  if (build === null) {
    hands.report("pulling");
    const stream = await engineCall(`pull "${spec.tag}"`, () => hands.docker.pull(spec.tag));
    return follow(hands, `pull "${spec.tag}"`, stream);
  }
  hands.report("building");
  const context = await hands.suppliers.buildContext(build);
  const options = {
    t: build.tag,
    networkmode: build.network === "none" ? "none" : "default",
    rm: true,
    forcerm: true,
    labels: { "coop.dev/build": build.digest },
  };
  const stream = await engineCall(`build ${build.title}`, () => hands.docker.buildImage(context, options));
  await follow(hands, `build ${build.title}`, stream);
}

// Both endpoints answer with JSON lines, and report a failure inside a 200.
async function follow(hands: Hands, doing: string, stream: NodeJS.ReadableStream): Promise<void> {
  const tail: string[] = [];
  await new Promise<void>((resolve, reject) => {
    hands.docker.modem.followProgress(
      stream,
      (cause) => {
        if (cause === null) resolve();
        else
          reject(
            new CoopError(
              "ENGINE_REFUSED",
              `Docker could not ${doing}: ${cause.message}${tail.map((line) => `\n    ${line}`).join("")}`,
              { cause },
            ),
          );
      },
      (event: { readonly stream?: string; readonly status?: string }) => {
        const line = (event.stream ?? event.status ?? "").trim();
        if (line === "") return;
        tail.push(line);
        if (tail.length > 15) tail.shift();
        hands.report(line);
      },
    );
  });
}
