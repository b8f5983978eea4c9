import type Dockerode from "dockerode";
import { GATEWAY } from "../../../compilers/container/plumbing.ts";
import { LABEL } from "../../backend/labels.ts";
import { CoopError } from "../../diagnostics/coop-error.ts";
import { listOf, objectOf, readShape, textOf } from "../../diagnostics/json-shape.ts";
import { askGateway } from "./ask-gateway.ts";
import { engineCall } from "./engine-errors.ts";
import { isOwnContainer } from "./own-object.ts";

/** The projects of which a gateway runs that was made from a repository. */
export async function gatewaysOf(docker: Dockerode, repository: string): Promise<readonly string[]> {
  const filters = { label: [`${LABEL.repository}=${repository}`, `${LABEL.id}=${GATEWAY}`] };
  const running = await engineCall("list its gateways", () => docker.listContainers({ filters }));
  const own = running.filter((each) => isOwnContainer(each.Labels[LABEL.project] ?? "", each));
  return own.flatMap((each) => each.Labels[LABEL.project] ?? []).toSorted();
}

/** Takes the values of credentials out of a project's running gateway; gives the names of those that it had. */
export async function forgetCredentials(
  gateway: Dockerode.Container,
  names: readonly string[],
  signal: AbortSignal,
): Promise<readonly string[]> {
  const { code, output } = await askGateway(gateway, { forget: names }, signal);
  const read = readShape(() => {
    const { forgotten } = objectOf(JSON.parse(output), "answer", ["ok", "forgotten"]);
    return listOf(forgotten, "forgotten", (each, at) => textOf(each, at, 63));
  });
  if (code === 0 && read.ok) return read.value;
  throw new CoopError("ENGINE_REFUSED", `It did not do it: ${output.trim().slice(0, 300)}`, {
    mend: "`coop logs gateway` shows what it said.",
  });
}
