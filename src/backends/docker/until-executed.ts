import { setTimeout as sleep } from "node:timers/promises";
import type Dockerode from "dockerode";
import type { ContainerSpec } from "../../../compilers/container/resources.ts";
import { acceptedState } from "../../backend/accepted-state.ts";
import { engineCall } from "./engine-errors.ts";
import type { Hands } from "./hands.ts";
import { localPrograms } from "./local-programs.ts";
import { phaseOf } from "./live-container.ts";
import { refuseEnded } from "./until-logged.ts";

const LOOKS = 50;
const PAUSE_MS = 20;

/**
 * Waits until the program of a container runs. Under an init the engine's start succeeds before the program is even
 * looked for, and a name that was mistyped would count as started.
 */
export async function untilExecuted(hands: Hands, container: Dockerode.Container, spec: ContainerSpec): Promise<void> {
  for (let look = 0; look < LOOKS; look += 1) {
    const programs = await programsOf(container);
    if (programs === null) {
      const report = await engineCall(`inspect "${spec.name}"`, () => container.inspect());
      if (acceptedState(phaseOf(report), spec.restart) === "running" && !report.State.Running) return;
      await refuseEnded(container, spec.name);
    } else if (programs.some((each) => !isInit(each))) return;
    await sleep(PAUSE_MS, undefined, { signal: hands.signal });
  }
}

// Null = it has ended: the engine shows nothing of what does not run.
async function programsOf(container: Dockerode.Container): Promise<readonly string[] | null> {
  try {
    const { Id, State } = await container.inspect();
    const local = State.Running ? await localPrograms(Id, State.Pid) : null;
    if (local !== null) return local;
    const { Processes }: { readonly Processes: readonly (readonly string[])[] } = await container.top({
      ps_args: "-o pid,args",
    });
    return Processes.map((row) => row.slice(1).join(" "));
  } catch {
    return null;
  }
}

// The init itself, and its child until that becomes the program.
function isInit(program: string): boolean {
  return /^\S*(docker-init|podman-init|tini|catatonit)\b.* -- /.test(`${program} `);
}
