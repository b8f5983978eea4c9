import type { Arm, Rounds } from "./alternate.ts";
import { alternate } from "./alternate.ts";
import type { Bench, Project } from "./bench.ts";
import type { Compared } from "./figure.ts";
import { differences } from "./same-container.ts";
import { sandboxesForCompose, sandboxesForCoop } from "./sandboxes.ts";

/** What a round does to the fleets of both arms. */
export interface FleetWork {
  /** Whether the fleets are there before a round. */
  readonly standing: boolean;
  /** The values in the file of one round; a value that differs from the last round's is a change. */
  readonly revisions: (round: number) => readonly number[];
  readonly rounds: Rounds;
}

/** Applies a file of closed sandboxes with coop and the same with compose, round by round. */
export async function compareFleets(bench: Bench, purpose: string, work: FleetWork): Promise<Compared> {
  const arms = [
    new FleetArm(bench, bench.project(purpose), COOP),
    ...(bench.peer.kind === "there" ? [new FleetArm(bench, bench.project(`${purpose}-peer`), COMPOSE)] : []),
  ];
  if (work.standing) for (const each of arms) await each.stand(work.revisions(-1));
  if (work.standing && arms.length === 2) await refuseUnlike(bench, arms);
  const [ours = [], peer] = await alternate(
    arms.map((each) => each.arm(work)),
    work.rounds,
    bench.say,
  );
  for (const each of arms) await each.fall();
  return {
    ours,
    peer: peer === undefined || bench.peer.kind === "missing" ? null : { name: bench.peer.name, costs: peer },
  };
}

// Whoever changes coop's hardening must change the peer's with it.
async function refuseUnlike(bench: Bench, arms: readonly FleetArm[]): Promise<void> {
  const [ours = "", peer = ""] = arms.map((each) => each.name);
  const unlike = await differences(bench, `coop.dev/project=${ours}`, `com.docker.compose.project=${peer}`);
  if (unlike.length > 0) throw new Error(`the containers of the two arms differ in ${unlike.join(", ")}`);
}

interface Words {
  readonly file: (bench: Bench, project: Project, revisions: readonly number[]) => readonly [string, string];
  readonly up: (project: Project) => ReturnType<Project["coop"]>;
  readonly down: (project: Project) => ReturnType<Project["coop"]>;
}

const COOP: Words = {
  file: (_, project, revisions) => ["coop.yaml", sandboxesForCoop(project.name, revisions)],
  up: (project) => project.coop("apply", "--yes"),
  down: (project) => project.coop("destroy", "--yes", "--delete-data"),
};

const COMPOSE: Words = {
  file: (bench, _, revisions) => ["compose.yaml", sandboxesForCompose(bench.images.base, revisions)],
  up: (project) => project.compose("up", "-d"),
  down: (project) => project.compose("down", "-v"),
};

class FleetArm {
  readonly #bench: Bench;
  readonly #project: Project;
  readonly #words: Words;

  constructor(bench: Bench, project: Project, words: Words) {
    this.#bench = bench;
    this.#project = project;
    this.#words = words;
  }

  get name(): string {
    return this.#project.name;
  }

  async stand(revisions: readonly number[]): Promise<void> {
    this.#project.write(...this.#words.file(this.#bench, this.#project, revisions));
    await this.#bench.must(this.#words.up(this.#project));
  }

  async fall(): Promise<void> {
    await this.#bench.must(this.#words.down(this.#project));
  }

  arm(work: FleetWork): Arm {
    return {
      measured: (round) => {
        this.#project.write(...this.#words.file(this.#bench, this.#project, work.revisions(round)));
        return this.#bench.cost(this.#words.up(this.#project));
      },
      ...(work.standing ? {} : { after: () => this.fall() }),
    };
  }
}
