import { objectName } from "../../../compilers/container/names.ts";
import { GATEWAY } from "../../../compilers/container/plumbing.ts";
import type { Engine } from "../../backends/docker/connect.ts";
import { CoopError } from "../../diagnostics/coop-error.ts";
import { type Grant, isInjection } from "../../grants/grant.ts";
import { vaultName } from "../../sources/secret-request.ts";
import type { Shell } from "../shell.ts";
import { releaseLogins } from "./login-claims.ts";

const UNTIL = "until the next coop apply or coop destroy there";

/** The engine, where one answers; otherwise it is said what that means. */
export async function engineOrNone(shell: Shell): Promise<Engine | null> {
  try {
    const { connectDocker } = await import("../../backends/docker/connect.ts");
    return await connectDocker(shell.environment, shell.signal);
  } catch (error) {
    if (!(error instanceof CoopError)) throw error;
    shell.err(`warning: no engine answers, so a gateway that runs keeps the value ${UNTIL}.\n`);
    return null;
  }
}

/** Takes the values of these grants out of the gateways that have them, at once, and says of each what came of it. */
export async function takeBack(grants: readonly Grant[], engine: Engine, shell: Shell): Promise<void> {
  const { forgetCredentials, gatewaysOf } = await import("../../backends/docker/forget-credentials.ts");
  const injected = Map.groupBy(grants.filter(isInjection), (each) => each.repository);
  for (const [repository, given] of injected) {
    const names = given.map((each) => each.name);
    try {
      for (const project of await gatewaysOf(engine.docker, repository)) {
        const gateway = engine.docker.getContainer(objectName(project, GATEWAY));
        const forgotten = await forgetCredentials(gateway, names, shell.signal);
        const logins = given.map((each) => vaultName(each.name, each.profile));
        await releaseLogins({ engine: engine.id, project }, shell, logins);
        if (forgotten.length > 0)
          shell.err(`The gateway of "${project}" has no value any more of: ${forgotten.join(", ")}.\n`);
      }
    } catch (error) {
      if (!(error instanceof CoopError)) throw error;
      shell.err(`warning: a gateway of ${repository} keeps ${names.join(", ")} ${UNTIL}: ${error.message}\n`);
    }
  }
}
