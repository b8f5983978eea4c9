import type Dockerode from "dockerode";
import { setTimeout as sleep } from "node:timers/promises";
import type { ContainerSpec } from "../../../compilers/container/resources.ts";
import { CoopError } from "../../diagnostics/coop-error.ts";
import { engineCall } from "./engine-errors.ts";
import type { Hands } from "./hands.ts";
import { lastLines } from "./logs.ts";
import { runInside } from "./run-inside.ts";
import { readFile } from "./volume-files.ts";

const POLL_MS = 25;

/** Waits until a started container is what others may rely on. */
export async function untilReady(hands: Hands, container: Dockerode.Container, spec: ContainerSpec): Promise<void> {
  const { ready } = spec;
  switch (ready.kind) {
    case "started":
      return;
    case "announced":
      return poll(hands, container, spec.name, ready.timeoutMs, async () =>
        (await lastLines(container, 5)).includes("ready"),
      );
    case "policy-in-force":
      return untilInForce(hands, container, null, ready.timeoutMs);
    case "healthy":
      if (!ready.wait) return;
      hands.report("waiting until it is healthy");
      await untilHealthy(hands, container, spec.name, ready.timeoutMs);
      return provision(hands, container, spec.name, ready.provision);
  }
}

/** Waits until the gateway says that it obeys the policy of this digest; null = any valid one. */
export async function untilInForce(
  hands: Hands,
  gateway: Dockerode.Container,
  digest: string | null,
  timeoutMs: number,
): Promise<void> {
  await poll(hands, gateway, "gateway", timeoutMs, async () => {
    const file = await readFile(gateway, "/run/coop/in-force.json");
    if (file === null) return false;
    const state: { readonly digest?: unknown } = JSON.parse(file.toString("utf8"));
    return digest === null ? typeof state.digest === "string" : state.digest === digest;
  });
}

// The engine asks the health check only every interval, so the same check is asked here too: whoever answers first.
async function untilHealthy(
  hands: Hands,
  container: Dockerode.Container,
  name: string,
  timeoutMs: number,
): Promise<void> {
  const { Config } = await engineCall(`inspect "${name}"`, () => container.inspect());
  const test = Config.Healthcheck?.Test ?? [];
  if (test.length === 0 || test[0] === "NONE") return;
  const command = test[0] === "CMD-SHELL" ? ["/bin/sh", "-c", test[1] ?? "true"] : test.slice(1);
  await poll(
    hands,
    container,
    name,
    timeoutMs,
    async () => (await runInside(container, command, hands.signal)).code === 0,
    100,
  );
}

async function provision(
  hands: Hands,
  container: Dockerode.Container,
  name: string,
  commands: readonly string[],
): Promise<void> {
  for (const command of commands) {
    hands.report(`running \`${command}\``);
    const result = await runInside(container, ["/bin/sh", "-c", command], hands.signal);
    if (result.code !== 0 && !/already exists/i.test(result.output)) {
      throw new CoopError(
        "ENGINE_REFUSED",
        `\`${command}\` in "${name}" ended with ${result.code}: ${result.output.trim().slice(-400)}`,
      );
    }
  }
}

async function poll(
  hands: Hands,
  container: Dockerode.Container,
  name: string,
  timeoutMs: number,
  done: () => Promise<boolean>,
  everyMs = POLL_MS,
): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!(await done())) {
    hands.signal.throwIfAborted();
    const { State } = await engineCall(`inspect "${name}"`, () => container.inspect());
    const tail = async (): Promise<string> => (await lastLines(container, 10)).map((line) => `\n    ${line}`).join("");
    if (!State.Running) {
      throw new CoopError(
        "ENGINE_REFUSED",
        `"${name}" ended with ${State.ExitCode} before it was ready.${await tail()}`,
        { mend: `coop logs shows all that it said.` },
      );
    }
    if (Date.now() > deadline) {
      throw new CoopError(
        "DEADLINE",
        `"${name}" is not ready after ${Math.round(timeoutMs / 1000)} s. It keeps running.${await tail()}`,
        { mend: "Raise readyTimeout, or set wait: false." },
      );
    }
    await sleep(everyMs, undefined, { signal: hands.signal });
  }
}
