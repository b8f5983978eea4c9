import type { NamedObject, Operations } from "../../backend/operations.ts";
import type { Clock } from "../../ports/clock.ts";

const AGAIN_MS = 1000;

/**
 * Gives each line that the project's gateway writes from now on, through restarts and successors: of one that was made
 * meanwhile from its first line. Ends with the signal.
 */
export async function followDecisions(
  operations: () => Pick<Operations, "list" | "logs"> | null,
  project: () => string,
  clock: Clock,
  onLine: (line: string) => void,
  signal: AbortSignal,
): Promise<void> {
  let known: string | null = null;
  let first = true;
  while (!signal.aborted) {
    const gateway = await find();
    if (gateway !== null) {
      const tail = first || gateway.handle === known ? 0 : null;
      [known, first] = [gateway.handle, false];
      // A log that breaks off is taken up again; what was said meanwhile is not counted twice.
      await operations()
        ?.logs(gateway, { follow: true, tail }, onLine, signal)
        .catch(() => undefined);
    }
    await clock.sleep(AGAIN_MS, signal).catch(() => undefined);
  }

  async function find(): Promise<NamedObject | null> {
    const all = await operations()
      ?.list(project())
      .catch(() => null);
    if (all === undefined || all === null) return null;
    const gateway = all.find((each) => each.role === "gateway" && each.running) ?? null;
    // One that comes later was made while somebody watched: all its lines are new.
    if (gateway === null) first = false;
    return gateway;
  }
}
