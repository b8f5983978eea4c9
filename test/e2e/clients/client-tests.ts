import { beforeAll, describe, expect, it } from "vitest";
import type { Inside } from "../support/containers.ts";
import { eventually, must, run } from "../support/command.ts";
import type { Ran } from "../support/command.ts";
import { inside, inspect, program } from "../support/containers.ts";
import { fileScope } from "../support/scope.ts";
import { headersOf } from "../support/stand-in.ts";
import { WITHOUT_PROXY } from "./without-proxy.ts";
import { aModelWorld } from "./model-world.ts";
import type { ModelEvent, ModelWorld, ModelWorldOptions } from "./model-world.ts";

/** What one CLI is, as far as these tests must know it. */
export interface ClientCase extends ModelWorldOptions {
  /** The header that the gateway puts the secret into, and its value. */
  readonly injected: { readonly header: string; readonly value: string };
  /** What the gateway adds to a list that the CLI sends as well; absent = nothing. */
  readonly merged?: { readonly header: string; readonly value: string };
  /** The variable with the placeholder. */
  readonly variable: string;
  /** How a person starts one task; the prompt comes last. */
  readonly command: readonly string[];
  /** The same at a terminal, for a conversation that begins with the prompt. */
  readonly interactive: readonly string[];
  /** Which requests are turns of the model. */
  readonly modelPath: RegExp;
  /** Whether what goes wrong is tried as well. */
  readonly faults: boolean;
  /** What it says about a key that is refused, and by which variables it says so soon. */
  readonly unauthorized: { readonly says: RegExp; readonly environment: Readonly<Record<string, string>> };
  /** What it speaks with its vendor, the one it likes best first. */
  readonly transports: readonly ("WebSocket" | "requests")[];
  /** Whether it asks again when an answer ends in the middle; if not, what it says. */
  readonly afterCut: "asks again" | RegExp;
}

/** Registers the tests of one CLI: the task by both ways, and what goes wrong. */
export function clientTests(client: ClientCase): void {
  const scope = fileScope();
  let world: ModelWorld;
  const prompt = (script: string, id: string): string =>
    `Write a file. [task ${script} ${id} ${world.project.root}/${id}.txt]`;
  const turns = async (id: string): Promise<readonly ModelEvent[]> =>
    (await world.api.told()).filter((each) => each.kind === "turn" && each.id === id);
  const byHand = (
    agent: string,
    script: string,
    id: string,
    env: Readonly<Record<string, string>> = {},
  ): Promise<Ran> => inside(world.sandbox(agent), ["timeout", "100", ...client.command, prompt(script, id)], { env });

  beforeAll(async () => {
    world = await aModelWorld(scope, client);
  });

  describe("a task of two turns", () => {
    const ways = ["explicit", "transparent"] as const;
    const sandboxOf = { explicit: "explicit", transparent: "idle" };
    let byHandWithout: Promise<Ran>;

    // As the sandbox's own command by the environment that coop sets, and as a command of a person's without proxy variables.
    it("begins by the proxy and without one", async () => {
      await world.start({ explicit: { prompt: prompt("write", "explicit"), restart: "never" } });
      byHandWithout = inside(world.sandbox("idle"), [
        "env",
        ...WITHOUT_PROXY,
        ...client.command,
        prompt("write", "transparent"),
      ]);
      const waiting = async (way: string): Promise<boolean> => (await turns(way)).some((each) => each.answered);
      const ended = async (): Promise<boolean> => (await inspect(world.sandbox("explicit"))).State.Status !== "running";
      await eventually("both wait in their second turn", async () => {
        if (await ended()) throw new Error((await run(["docker", "logs", world.sandbox("explicit")])).text);
        return (await waiting("explicit")) && (await waiting("transparent"));
      });
    });

    it.for(ways)("leaves in the sandbox a placeholder and nothing else: %s", async (way) => {
      const sandbox = world.sandbox(sandboxOf[way]);
      const entry = (await inspect(sandbox)).Config.Env?.find((each) => each.startsWith(`${client.variable}=`)) ?? "";
      const placeholder = entry.slice(client.variable.length + 1);
      expect(placeholder.length).toBeGreaterThan(20);
      const folders = ["/etc/coop", "/run", "/home", "/tmp", "/var", world.project.root];
      const words = [JSON.stringify([placeholder, client.secret]), JSON.stringify(folders)];
      const look = async (options: Inside): Promise<Readonly<Record<string, readonly string[]>>> => {
        const looked = await inside(
          sandbox,
          ["node", "--input-type=module", "-e", program("look.mjs"), ...words],
          options,
        );
        if (looked.code !== 0) throw new Error(looked.text);
        return JSON.parse(looked.out) as Readonly<Record<string, readonly string[]>>; // the program writes nothing else
      };
      const [own, root] = [await look({}), await look({ user: "0" })];
      expect([own[client.secret], root[client.secret]]).toEqual([[], []]);
      // It looked where a secret would be: the same look finds the placeholder in the processes of the CLI.
      const places = own[placeholder]?.map((each) => each.split(" ")[0]);
      expect(places).toEqual(expect.arrayContaining(["environ", "memory"]));
    });

    it("ends well, with the file in the workspace", async () => {
      for (const way of ways) await world.release(way);
      const sandbox = world.sandbox("explicit");
      await eventually("the sandbox ends", async () => (await inspect(sandbox)).State.Status === "exited");
      const transparent = await byHandWithout;
      const explicit = (await run(["docker", "logs", sandbox])).text;
      expect(explicit).toContain("The task explicit is done.");
      expect(transparent.text).toContain("The task transparent is done.");
      expect([(await inspect(sandbox)).State.ExitCode, transparent.code]).toEqual([0, 0]);
      for (const way of ways) {
        const path = `${world.sandbox(sandboxOf[way])}:${world.project.root}/${way}.txt`;
        expect(await must(["docker", "cp", path, "-"])).toContain(`written by ${way}\n`);
      }
    });

    it("shows the vendor the real key in every request, and never the placeholder", async () => {
      const told = await world.api.told();
      expect(told.filter((each) => each.kind === "error")).toEqual([]);
      const requests = told.filter((each) => each.kind === "request");
      expect(requests.filter((each) => client.modelPath.test(each.path ?? "")).length).toBeGreaterThanOrEqual(2);
      const sockets = requests.map((each) => each.version === "WebSocket");
      expect(new Set(sockets)).toEqual(new Set([client.transports[0] === "WebSocket"]));
      for (const each of requests) {
        expect([each.path, headersOf(each, client.injected.header)]).toEqual([each.path, [client.injected.value]]);
        expect(JSON.stringify(each)).not.toMatch(/placeholder/i);
      }
    });

    const { merged } = client;
    if (merged !== undefined) {
      it("adds to a list of the CLI's own what the key needs, and keeps the rest", async () => {
        const { header, value } = merged;
        const requests = (await world.api.told()).filter((each) => each.kind === "request");
        const lists = requests
          .filter((each) => client.modelPath.test(each.path ?? ""))
          .map((each) => headersOf(each, header).flatMap((line) => line.split(",").map((word) => word.trim())));
        expect(lists.length).toBeGreaterThanOrEqual(2);
        // Once, wherever the CLI has it by itself.
        for (const list of lists) expect(list.filter((each) => each === value)).toEqual([value]);
        expect(Math.max(...lists.map((list) => list.length))).toBeGreaterThan(1);
      });
    }
  });

  it("asks nobody else for anything", async () => {
    const { text } = await world.project.coop(["logs", "--egress"]);
    const refused = text.split("\n").filter((line) => line.includes("DENY"));
    expect(refused.filter((line) => !line.includes(`  ${client.host}:443 `))).toEqual([]);
  });

  it("begins a conversation without a question of its own", async () => {
    const file = `${world.project.root}/interactive.txt`;
    const words = [...client.interactive, `'${prompt("converse", "interactive")}'`].join(" ");
    // A terminal of the program's own; what it showed there is the message of a failure.
    const line = `timeout 90 script -qfec "${words}" /tmp/shown >/dev/null 2>&1 &
for _ in $(seq 800); do [ -s ${file} ] && break; sleep 0.1; done; kill $! 2>/dev/null; cat ${file} || tail -c 3000 /tmp/shown`;
    const ran = await inside(world.sandbox("idle"), ["sh", "-c", line], { env: { TERM: "xterm-256color" } });
    expect(ran.text).toBe("written by interactive\n");
  });

  if (!client.faults) return;

  describe("what goes wrong", () => {
    // From requests on, nothing speaks WebSockets.
    it.for(client.transports)("an answer that is cut in the middle comes to it as one: %s", async (transport) => {
      if (transport === "requests") await world.withoutWebSockets();
      const ran = await byHand("idle", "write-cut", `cut-${transport}`);
      if (client.afterCut === "asks again") {
        expect(ran.text).toContain(`The task cut-${transport} is done.`);
        expect((await turns(`cut-${transport}`)).length).toBeGreaterThanOrEqual(3);
        return;
      }
      expect(ran.text).toMatch(client.afterCut);
      expect((await turns(`cut-${transport}`)).length).toBe(1);
    });

    it("429 with Retry-After: it waits that long, and ends well", async () => {
      const ran = await byHand("idle", "write-limited", "limited");
      expect(ran.text).toContain("The task limited is done.");
      expect(ran.code).toBe(0);
      const [first, second] = await turns("limited");
      expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(3000);
    });

    it("401: it says that the key was refused, and ends", async () => {
      const ran = await byHand("idle", "refused", "unauthorized", client.unauthorized.environment);
      expect(ran.text).toMatch(client.unauthorized.says);
      expect(ran.code).not.toBe(0);
      expect(ran.code).not.toBe(124);
    });

    it("what the file does not allow is refused in words that a person finds", async () => {
      const ran = await byHand("elsewhere", "write", "denied", client.unauthorized.environment);
      expect(ran.code).not.toBe(0);
      expect(await turns("denied")).toEqual([]);
      expect(ran.text).toMatch(/path-not-allowed|not allow/i);
      const logs = await world.project.coop(["logs", "--egress"]);
      expect(logs.text).toMatch(/DENY\s+agent\/elsewhere\/0\s.*path-not-allowed/);
    });
  });
}
