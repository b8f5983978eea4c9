import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { beforeAll, expect, it } from "vitest";
import { eventually, must, run } from "./support/command.ts";
import { inspect, shell } from "./support/containers.ts";
import { aProject } from "./support/project.ts";
import type { FileValue, Project } from "./support/project.ts";
import { fileScope } from "./support/scope.ts";

const scope = fileScope();

/** Says which of its servers was asked, by the number that this one listens on. */
const SERVER = `
const { createServer } = require("node:http");
for (const port of process.argv.slice(1)) createServer((_, answer) => answer.end("inside " + port)).listen(Number(port));
`;

let project: Project;
let taken: number;
let free: () => void;

const file = (mode: string): FileValue => ({
  agents: {
    web: {
      run: ["node", "-e", SERVER, String(taken), String(taken + 1)],
      ports: [taken, taken + 1],
      workspace: "none",
      environment: { MODE: mode },
      resources: { memory: "256MiB" },
    },
  },
});

beforeAll(async () => {
  // Somebody else's server on this machine, who was first.
  const server = createServer((_, answer) => answer.end("somebody else"));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  taken = (server.address() as AddressInfo).port;
  free = () => server.close();
  scope.later(free);
  project = await aProject(scope, file("first"));
});

const get = (port: number | string) => run(["curl", "-s", "--max-time", "5", `http://127.0.0.1:${port}/`]);
const sandbox = () => project.named("sandbox.web.0");
const mapping = async (): Promise<Readonly<Record<number, number>>> => {
  const { ports } = JSON.parse((await project.coop(["status", "--json"])).out);
  expect(ports.every((each: { sandbox: string }) => each.sandbox === "web")).toBe(true);
  return Object.fromEntries(ports.map((each: { port: number; hostPort: number }) => [each.port, each.hostPort]));
};

it("is planned by another number where the host's own is taken, and the plan says so each time alike", async () => {
  const planned = await project.coop(["plan"]);
  expect(planned.code, planned.text).toBe(0);
  const said = planned.out.split("\n").find((line) => line.includes("was taken"));
  expect(said).toMatch(new RegExp(`^    web:${taken} at http://127\\.0\\.0\\.1:\\d+ \\(${taken} was taken\\)$`));
  expect((await project.coop(["plan"])).out).toBe(planned.out);
});

it("is reached by that number from the host and from inside, and status shows it", async () => {
  await project.apply();
  const held = await mapping();
  const allotted = held[taken] ?? 0;
  expect(allotted).not.toBe(taken);
  expect(allotted).not.toBe(taken + 1);
  await eventually("the server answers", async () => (await get(allotted)).out === `inside ${taken}`);
  const fromInside = (port: number) => shell(sandbox(), `curl -s --max-time 5 --noproxy '*' http://127.0.0.1:${port}/`);
  expect(await fromInside(allotted)).toBe(`inside ${taken}`);
  expect(await fromInside(taken)).toBe(`inside ${taken}`);
  expect(await fromInside(taken + 1)).toBe(`inside ${taken + 1}`);
  expect((await get(held[taken + 1] ?? 0)).out).toBe(`inside ${taken + 1}`);
  expect((await get(taken)).out).toBe("somebody else");
  expect(await shell(sandbox(), `echo $COOP_URL_${taken}`)).toBe(`http://127.0.0.1:${allotted}\n`);
  const { out } = await project.coop(["status"]);
  expect(out).toContain(`web:${taken} at http://127.0.0.1:${allotted} (${taken} was taken)`);
});

it("keeps its number when the host's own is free again, when the sandbox is edited and when the publisher dies", async () => {
  const before = await mapping();
  free();
  expect((await project.coop(["plan", "--detailed-exitcode"])).code).toBe(0);
  project.write(file("second"));
  await project.apply();
  expect((await inspect(sandbox())).Config.Env).toContain("MODE=second");
  expect(await mapping()).toEqual(before);
  await must(["docker", "kill", project.named("publisher.sandbox.web.0")]);
  await project.apply();
  expect(await mapping()).toEqual(before);
  await eventually("the server answers", async () => (await get(before[taken] ?? 0)).out === `inside ${taken}`);
});

it("gives way inside to a server of the sandbox's own that holds the number", async () => {
  const allotted = (await mapping())[taken] ?? 0;
  await must(["docker", "kill", project.named("forwarder.sandbox.web.0")]);
  await must(["docker", "exec", "-d", sandbox(), "node", "-e", SERVER, String(allotted)]);
  await eventually(
    "it listens",
    async () =>
      (await shell(sandbox(), `curl -s --noproxy '*' http://127.0.0.1:${allotted}/`)) === `inside ${allotted}`,
  );
  await project.apply();
  expect(await shell(sandbox(), `curl -s --noproxy '*' http://127.0.0.1:${allotted}/`)).toBe(`inside ${allotted}`);
  expect((await get(allotted)).out).toBe(`inside ${taken}`);
});
