import { engine } from "../../test/support/raw-engine.ts";
import type { ScoreArm } from "./arm.ts";

/** Something that goes wrong, after which the file is made true by one more run of the same command. */
export interface Scenario {
  readonly name: string;
  /** From a converged world whose file says revision 0; the file says revision 1 behind it where `changes`. */
  readonly changes: boolean;
  /** Gives the exit codes of commands that ran in it, where they must be told apart from the last one. */
  readonly happen: (arm: ScoreArm) => Promise<unknown>;
}

const post = (path: string, body?: unknown): Promise<unknown> => engine("POST", path, body);

export const SCENARIOS: readonly Scenario[] = [
  ...[2, 7, 12, 17].map((at) =>
    edited(`killed at call ${at} of a change of all`, (arm) => arm.spoiltUp(at, { kind: "kill-after" })),
  ),
  edited("an answer of a change of all is lost", (arm) => arm.spoiltUp(9, { kind: "lose-answer" })),
  edited("the engine refuses one call of a change of all (500)", (arm) =>
    arm.spoiltUp(9, { kind: "refuse", status: 500 }),
  ),
  drift("memory raised", (arm) => post(`/containers/${arm.named(0)}/update`, { Memory: 2 ** 31, MemorySwap: 2 ** 31 })),
  drift("the bound on processes removed", (arm) => post(`/containers/${arm.named(0)}/update`, { PidsLimit: -1 })),
  drift("the engine is to restart it", (arm) =>
    post(`/containers/${arm.named(0)}/update`, { RestartPolicy: { Name: "always" } }),
  ),
  drift("renamed", (arm) => post(`/containers/${arm.named(0)}/rename?name=${arm.named(0)}-x`)),
  drift("a network attached: a hole", async (arm) => {
    await post("/networks/none/disconnect", { Container: arm.named(0), Force: true });
    await post("/networks/bridge/connect", { Container: arm.named(0) });
  }),
  drift("one paused, its sibling stopped", async (arm) => {
    await post(`/containers/${arm.named(0)}/pause`);
    await post(`/containers/${arm.named(1)}/stop?t=0`);
  }),
  drift("killed", (arm) => post(`/containers/${arm.named(0)}/kill`)),
  drift("removed", (arm) => engine("DELETE", `/containers/${arm.named(0)}?force=1`)),
  drift("an impostor: same name and labels, nothing hardened", async (arm) => {
    const { Config, Image } = await engine("GET", `/containers/${arm.named(0)}/json`);
    await engine("DELETE", `/containers/${arm.named(0)}?force=1`);
    const body = {
      Image,
      Labels: Config.Labels,
      Env: Config.Env,
      Entrypoint: ["sleep", "infinity"],
      HostConfig: { NetworkMode: "none" },
    };
    await post(`/containers/create?name=${arm.named(0)}`, body);
    await post(`/containers/${arm.named(0)}/start`);
  }),
  {
    name: "two at once with different files",
    changes: true,
    happen: async (arm) => {
      arm.write(1);
      arm.write(2, `other-${arm.file}`);
      await Promise.all([arm.up(), arm.up(`other-${arm.file}`)]);
    },
  },
];

function drift(name: string, happen: Scenario["happen"]): Scenario {
  return { name, changes: false, happen };
}

function edited(name: string, happen: Scenario["happen"]): Scenario {
  return {
    name,
    changes: true,
    happen: (arm) => {
      arm.write(1);
      return happen(arm);
    },
  };
}
