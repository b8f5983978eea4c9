import type Dockerode from "dockerode";
import { GATEWAY } from "../../../compilers/container/plumbing.ts";
import { objectName } from "../../../compilers/container/names.ts";
import { CoopError } from "../../diagnostics/coop-error.ts";
import { listOf, objectOf, readShape, recordOf, textOf } from "../../diagnostics/json-shape.ts";
import type { RenewedCredential } from "../../gateway/provisions.ts";
import { secretValueOf } from "../../model/secret-shape.ts";
import { askGateway } from "./ask-gateway.ts";
import { engineFind } from "./engine-errors.ts";

/** By name, the credentials whose tokens the project's gateway has renewed since they were given; none where it does not run. */
export async function collectRenewed(
  docker: Dockerode,
  project: string,
  signal: AbortSignal,
): Promise<Readonly<Record<string, RenewedCredential>>> {
  if (!(await runsGateway(docker, project))) return {};
  const gateway = docker.getContainer(objectName(project, GATEWAY));
  const { code, output } = await askGateway(gateway, { collect: true }, signal);
  const read = readShape(() => answerOf(JSON.parse(output)));
  if (code === 0 && read.ok) return read.value;
  // What was said may hold values, and is not repeated.
  throw new CoopError("ENGINE_REFUSED", "The gateway did not say which tokens it has renewed.", {
    mend: "`coop logs gateway` shows what it said.",
  });
}

/** Whether a project's gateway runs. */
export async function runsGateway(docker: Dockerode, project: string): Promise<boolean> {
  const gateway = docker.getContainer(objectName(project, GATEWAY));
  const report = await engineFind("look at the gateway", () => gateway.inspect());
  return report?.State.Running === true;
}

function answerOf(value: unknown): Readonly<Record<string, RenewedCredential>> {
  const { renewed } = objectOf(value, "answer", ["ok", "renewed"]);
  const entries = Object.entries(recordOf(renewed, "renewed")).map(([name, each], at) => {
    const fields = objectOf(each, `renewed[${at}]`, ["value", "of"]);
    const digests = listOf(fields.of, `renewed[${at}].of`, (digest, where) =>
      textOf(digest, where, 64, /^[0-9a-f]{64}$/),
    );
    return [name, { value: secretValueOf(fields.value, `renewed[${at}].value`), of: digests }] as const;
  });
  return Object.fromEntries(entries);
}
