import { randomInt } from "node:crypto";
import { aCertificate } from "../../gateway/support/certificate.ts";
import { eventually, must, run } from "./command.ts";
import { anOrdinaryContainer, images, inside, inspect, program } from "./containers.ts";
import type { Project } from "./project.ts";
import type { Scope } from "./scope.ts";

/** One thing that a stand-in saw. */
export interface Seen {
  readonly at: number;
  readonly kind: "connect" | "tcp" | "udp" | "query" | "sni" | "request" | "ready" | "error";
  readonly name?: string;
  readonly type?: number;
  readonly text?: string;
  readonly host?: string;
  readonly path?: string;
  readonly port?: number;
  readonly to?: string;
  /** Of a request: names and values by turns, as they came. */
  readonly headers?: readonly string[];
}

/** Containers of the test's own that stand in for everything outside, on a network that leads nowhere else. */
export interface World {
  readonly container: string;
  readonly network: string;
  /** A range that only this world answers in. Its packets cannot leave the machine: the range is the network's own. */
  readonly range: string;
  readonly resolver: string;
  readonly server: string;
  /** The certificate of its web server, PEM: what a file's `egress.trust` would hold. */
  readonly certificate: string;
  /** Its key, for stand-ins that answer in the place of that server. */
  readonly key: string;
  readonly seen: () => Promise<readonly Seen[]>;
  /** What the resolver answers from here on: names to addresses; a list of lists goes by turns. */
  readonly answers: (
    names: Readonly<Record<string, readonly string[] | readonly (readonly string[])[]>>,
  ) => Promise<void>;
  /** Joins the project's gateway to the world, with the stand-ins' addresses routed to it. Again after each new gateway. */
  readonly join: (project: Project, standIns?: readonly string[]) => Promise<void>;
  /** Gives the world more addresses. */
  readonly standIn: (addresses: readonly string[]) => Promise<void>;
}

/** Ports on which the world answers with what it was told. */
export const ECHO_PORT = 7000;

export interface WorldOptions {
  /** Whether its own web servers answer. Default: yes. */
  readonly web?: boolean;
}

export async function aWorld(scope: Scope, names: readonly string[], options: WorldOptions = {}): Promise<World> {
  const { network, third } = await ownNetwork(scope);
  const prefix = `198.18.${third}`;
  const certificate = aCertificate(names);
  const world = JSON.stringify({ ...certificate, tcp: [ECHO_PORT], udp: [ECHO_PORT], web: options.web ?? true });
  const flags = [
    "--ip",
    `${prefix}.10`,
    "--cap-add",
    "NET_ADMIN",
    "--sysctl",
    "net.ipv6.conf.all.disable_ipv6=0",
    "-e",
    `WORLD=${world}`,
  ];
  const container = await anOrdinaryContainer(scope, {
    network,
    flags,
    command: ["node", "--input-type=module", "-e", program("world.mjs")],
  });
  const seen = async (): Promise<readonly Seen[]> =>
    (await must(["docker", "logs", container]))
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as Seen);
  await eventually("the world answers", async () => (await seen()).some((each) => each.kind === "ready"));
  return {
    container,
    network,
    range: `${prefix}.0/24`,
    resolver: `${prefix}.10`,
    server: `${prefix}.10`,
    certificate: certificate.cert,
    key: certificate.key,
    seen,
    answers: async (known) => {
      const wrote = await inside(container, ["sh", "-c", "cat > /tmp/new && mv /tmp/new /tmp/answers.json"], {
        input: JSON.stringify(known),
      });
      if (wrote.code !== 0) throw new Error(wrote.text);
    },
    standIn: async (addresses) =>
      inNamespaceOf(
        container,
        addresses.map((each) => `address ${each}`),
      ),
    join: async (project, standIns = []) => {
      const network = project.named("gateway");
      await run(["docker", "network", "connect", network, container]);
      const via = (await inspect(container)).NetworkSettings.Networks[network]?.IPAddress ?? "";
      await inNamespaceOf(
        network,
        [`${prefix}.10`, ...standIns].map((each) => `route ${each} ${via}`),
      );
    },
  };
}

/** Changes the network of a container from beside it, as an outside actor with rights on the engine can. */
export async function inNamespaceOf(container: string, lines: readonly string[]): Promise<void> {
  const command = [
    "docker",
    "run",
    "--rm",
    "-i",
    "-u",
    "0",
    "--network",
    `container:${container}`,
    "--cap-add",
    "NET_ADMIN",
    images().base,
    "python3",
    "-c",
    program("netlink.py"),
  ];
  await must(command, { input: lines.join("\n") });
}

// Of the range for benchmarks, which is nobody's. Docker refuses a network that overlaps another: then the next try.
async function ownNetwork(scope: Scope): Promise<{ readonly network: string; readonly third: number }> {
  for (let tries = 0; tries < 20; tries += 1) {
    const third = randomInt(1, 255);
    const network = scope.unique();
    const subnets = ["--subnet", `198.18.${third}.0/24`, "--ipv6", "--subnet", `fd7a:115c:${third.toString(16)}::/64`];
    const made = await run(["docker", "network", "create", ...subnets, network]);
    if (made.code !== 0) continue;
    scope.later(() => run(["docker", "network", "rm", network]));
    return { network, third };
  }
  throw new Error("no free network for the world");
}
