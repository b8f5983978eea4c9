import type Dockerode from "dockerode";
import type { ImageFacts } from "../../model/inputs.ts";
import { engineFind } from "./engine-errors.ts";

/** Facts of those images that the engine has, by the reference asked for. */
export async function imageFacts(
  docker: Dockerode,
  references: readonly string[],
): Promise<Readonly<Record<string, ImageFacts>>> {
  const found = await Promise.all(
    references.map(async (reference) => {
      const report = await engineFind(`inspect the image "${reference}"`, () => docker.getImage(reference).inspect());
      if (report === null) return [];
      const { Config: config } = report;
      const entrypoint = config.Entrypoint ?? [];
      const facts: ImageFacts = {
        id: report.Id,
        user: config.User ?? "",
        entrypoint: typeof entrypoint === "string" ? [entrypoint] : entrypoint,
        command: config.Cmd ?? [],
        workingDir: config.WorkingDir ?? "",
        volumes: Object.keys(config.Volumes ?? {}).toSorted(),
        ports: Object.keys(config.ExposedPorts ?? {}).flatMap((each) =>
          each.endsWith("/tcp") ? [Number.parseInt(each, 10)] : [],
        ),
      };
      return [[reference, facts] as const];
    }),
  );
  return Object.fromEntries(found.flat());
}
