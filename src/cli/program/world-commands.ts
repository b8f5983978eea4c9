import { InvalidArgumentError, Option } from "commander";
import { metricsAddress } from "../watch/metrics-address.ts";
import type { MetricsAddress } from "../watch/metrics-address.ts";
import { command, common, positiveNumber } from "./declaring.ts";
import type { CommonOptions, Declaring } from "./declaring.ts";

/** Commands that make the world equal to the file, or say how far it is from it. */
export function declareWorldCommands(to: Declaring): void {
  declarePlan(to);
  declareApply(to);
  declareWatch(to);
  const { shell, done } = to;
  command(to, "destroy", "remove everything that this project has on the target", ["target", "json", "yes"])
    .option("--delete-data", "also remove its volumes: databases and the agents' work")
    .action((options: CommonOptions & { readonly deleteData?: boolean }) =>
      done(
        import("../commands/destroy.ts").then((it) =>
          it.destroyCommand({ ...common(options), deleteData: options.deleteData === true }, shell),
        ),
      ),
    );
  command(to, "status", "show what runs and whether it is as the file says", ["target", "json"])
    .option("-w, --watch", "keep showing it until interrupted")
    .action((options: CommonOptions & { readonly watch?: boolean }) =>
      done(
        import("../commands/status.ts").then((it) =>
          it.statusCommand({ ...common(options), watch: options.watch === true }, shell),
        ),
      ),
    );
  command(to, "build", "make the images that the file needs", ["target", "json"]).action((options: CommonOptions) =>
    done(import("../commands/build.ts").then((it) => it.buildCommand(common(options), shell))),
  );
  command(to, "up", "start the services and wait until they are healthy", ["target", "json"]).action(
    (options: CommonOptions) => done(import("../commands/up.ts").then((it) => it.upCommand(common(options), shell))),
  );
  command(to, "down", "stop the services; their data stays", ["target", "json", "yes"])
    .option("-v, --volumes", "also wipe their volumes, after a yes")
    .action((options: CommonOptions & { readonly volumes?: boolean }) =>
      done(
        import("../commands/down.ts").then((it) =>
          it.downCommand({ ...common(options), volumes: options.volumes === true }, shell),
        ),
      ),
    );
  declareGc(to);
}

interface GcOptions extends CommonOptions {
  readonly project?: string;
  readonly images?: boolean;
  readonly deleteData?: boolean;
}

function declareGc(to: Declaring): void {
  const what = "remove what is left of sessions without an owner and of projects whose folder is gone";
  command(to, "gc", what, ["target", "json", "yes"])
    .option("--project <name>", "only what this project left")
    .option("--images", "also images that coop built and no container uses")
    .option("--delete-data", "also volumes that may hold data or the agents' work")
    .action((options: GcOptions) =>
      to.done(
        import("../commands/gc.ts").then((it) =>
          it.gcCommand(
            {
              ...common(options),
              project: options.project ?? null,
              images: options.images === true,
              deleteData: options.deleteData === true,
            },
            to.shell,
          ),
        ),
      ),
    );
}

interface PlanOptions extends CommonOptions {
  readonly out?: string;
  readonly detailedExitcode?: boolean;
  readonly failOn?: string;
}

function declarePlan(to: Declaring): void {
  command(to, "plan", "show what apply would change, and why", ["target", "json"])
    .option("-o, --out <file>", "save the plan for `coop apply --plan`")
    .option("--detailed-exitcode", "exit with 2 when there is something to change")
    .addOption(new Option("--fail-on <what>", "exit with 4 when the plan does this").choices(["loosening"]))
    .action((options: PlanOptions) =>
      to.done(
        import("../commands/plan.ts").then((it) =>
          it.planCommand(
            {
              ...common(options),
              out: options.out ?? null,
              detailedExitcode: options.detailedExitcode === true,
              failOnLoosening: options.failOn === "loosening",
            },
            to.shell,
          ),
        ),
      ),
    );
}

interface ApplyOptions extends CommonOptions {
  readonly plan?: string;
  readonly deleteData?: boolean;
  readonly parallelism: number;
}

function declareApply(to: Declaring): void {
  command(to, "apply", "make the world equal to the file", ["target", "json", "yes"])
    .option("--plan <file>", "apply exactly this saved plan, or refuse when it is stale")
    .option("--delete-data", "also remove volumes with data and workspaces with work that the file no longer declares")
    .option("--parallelism <n>", "how many changes at the same time", positiveNumber, 16)
    .action((options: ApplyOptions) =>
      to.done(
        import("../commands/apply.ts").then((it) =>
          it.applyCommand(
            {
              ...common(options),
              plan: options.plan ?? null,
              deleteData: options.deleteData === true,
              parallelism: options.parallelism,
            },
            to.shell,
          ),
        ),
      ),
    );
}

interface WatchOptions extends CommonOptions {
  readonly allowLoosening?: boolean;
  readonly allowDestroy?: boolean;
  readonly metrics?: MetricsAddress;
  readonly once?: boolean;
  readonly parallelism: number;
}

function addressOfMetrics(text: string): MetricsAddress {
  const address = metricsAddress(text);
  if (address !== null) return address;
  throw new InvalidArgumentError(`${text} is no address such as 9464, 127.0.0.1:9464 or [::1]:9464.`);
}

function declareWatch(to: Declaring): void {
  command(to, "watch", "keep the world equal to the file until interrupted", ["target", "json"])
    .option("--allow-loosening", "let wider reach and `unsafe` keys through without a person's apply")
    .option("--allow-destroy", "let data and work go without a person's apply, work after it was fetched")
    .option("--metrics <address>", "serve metrics for Prometheus: 9464, 127.0.0.1:9464", addressOfMetrics)
    .option("--once", "look once, do what is found, and end")
    .option("--parallelism <n>", "how many changes at the same time", positiveNumber, 16)
    .action((options: WatchOptions) =>
      to.done(
        import("../commands/watch.ts").then((it) =>
          it.watchCommand(
            {
              ...common(options),
              allowLoosening: options.allowLoosening === true,
              allowDestroy: options.allowDestroy === true,
              once: options.once === true,
              metrics: options.metrics ?? null,
              parallelism: options.parallelism,
            },
            to.shell,
          ),
        ),
      ),
    );
}
