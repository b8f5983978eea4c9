import type { ProvisionsSpec } from "../../../compilers/container/resources.ts";
import { CoopError } from "../../diagnostics/coop-error.ts";
import type { Resource } from "../../graph/resource.ts";
import { askGateway } from "./ask-gateway.ts";
import type { Hands } from "./hands.ts";

/**
 * Gives the running gateway what it holds in memory alone. The values go through the standard input of a process inside its
 * container: they are in no argv, no environment and no file, and no `inspect` shows them.
 */
export async function applyProvisions(hands: Hands, desired: Resource<"provisions", ProvisionsSpec>): Promise<void> {
  hands.report("reading the credentials");
  const provisions = await hands.suppliers.provisions(desired.spec, desired.digest);
  hands.report("handing the credentials to the gateway");
  const gateway = hands.docker.getContainer(desired.spec.gateway);
  const { code, output } = await askGateway(gateway, provisions, hands.signal);
  if (code === 0) return;
  throw new CoopError("ENGINE_REFUSED", `The gateway did not take its credentials: ${output.trim()}`, {
    mend: "`coop logs gateway` shows what it said.",
  });
}
