import { spawn } from "node:child_process";
import { createServer } from "node:net";
import { resolve } from "node:path";
import { expect, it } from "vitest";
import { eventually, must } from "./support/command.ts";
import { probe } from "./support/probes.ts";
import { aProject } from "./support/project.ts";
import { fileScope } from "./support/scope.ts";

const scope = fileScope();

it("coop watch --metrics tells what it does and what the gateway decides, also of a gateway that is made anew", async () => {
  const project = await aProject(scope, {
    agents: { coder: { run: ["sleep", "infinity"], workspace: "none", egress: ["api"], restart: "always" } },
    egress: { rules: [{ name: "api", host: "api.allowed.test" }] },
  });
  const port = await aFreePort();
  const args = ["watch", "--allow-loosening", "--metrics", String(port)];
  const watch = spawn(resolve("bin/coop"), args, { cwd: project.root, stdio: "ignore" });
  scope.later(() => watch.kill("SIGKILL"));
  /** The value of one series; 0 where it is not there. */
  const value = async (series: string): Promise<number> => {
    const text = await fetch(`http://127.0.0.1:${port}/metrics`).then(
      (answer) => answer.text(),
      () => "",
    );
    const line = text
      .split("\n")
      .find((each) => each.startsWith(`${series.replace("}", `,project="${project.name}"}`)} `));
    return Number(line?.split(" ").at(-1) ?? 0);
  };
  const refused = 'coop_gateway_decisions_total{verdict="deny",code="host-not-allowed"}';
  const knock = async (): Promise<void> => {
    await probe(project.named("sandbox.coder.0"), [["proxied", "forbidden.test:443", "x"]]);
  };
  await eventually("it has converged", async () => (await value('coop_phase{phase="converged"}')) === 1);
  expect(await value('coop_changes_total{action="create",outcome="done"}')).toBeGreaterThan(3);
  await eventually("a refusal is counted", async () => {
    await knock();
    return (await value(refused)) >= 1;
  });
  await must(["docker", "kill", project.named("sandbox.coder.0")]);
  await eventually("what was killed is healed", async () => (await value('coop_drift_total{what="healed"}')) >= 1);
  await must(["docker", "rm", "-f", project.named("gateway")]);
  const before = await value(refused);
  await eventually("the next gateway's refusals are counted", async () => {
    await knock().catch(() => undefined);
    return (await value(refused)) > before;
  });
  const ended = new Promise((done) => watch.once("close", done));
  watch.kill("SIGINT");
  expect(await ended).toBe(130);
});

function aFreePort(): Promise<number> {
  return new Promise((done) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => done(typeof address === "object" ? (address?.port ?? 0) : 0));
    });
  });
}
