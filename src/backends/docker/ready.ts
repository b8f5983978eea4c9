import type Dockerode from "dockerode";
import { setTimeout as sleep } from "node:timers/promises";
import type { ContainerSpec } from "../../../compilers/container/resources.ts";
import { CoopError } from "../../diagnostics/coop-error.ts";
import { engineCall } from "./engine-errors.ts";
import type { Hands } from "./hands.ts";
import { runInside } from "./run-inside.ts";
import { untilExecuted } from "./until-executed.ts";
import { refuseEnded, untilLogged, watch } from "./until-logged.ts";

/** Waits until a started container is what others may rely on. */
export async function untilReady(hands: Hands, container: Dockerode.Container, spec: ContainerSpec): Promise<void> {
  const { ready, name } = spec;
  switch (ready.kind) {
    case "started":
      return untilExecuted(hands, container, spec);
    case "announced":
      return untilLogged(hands, { container, name, timeoutMs: ready.timeoutMs }, (line) => line === "ready");
    case "policy-in-force":
      return untilInForce(hands, container, { name, timeoutMs: ready.timeoutMs, digest: null });
    case "healthy":
      if (!ready.wait) return;
      hands.report("waiting until it is healthy");
      await untilExecuted(hands, container, spec);
      await untilHealthy(hands, container, name, ready.timeoutMs);
      return provision(hands, container, name, ready.provision);
  }
}

/** Waits until the gateway says that it obeys the policy of this digest; null = any valid one. */
export async function untilInForce(
  hands: Hands,
  container: Dockerode.Container,
  wanted: {
    readonly name: string;
    readonly timeoutMs: number;
    readonly digest: string | null;
    readonly since?: string;
  },
): Promise<void> {
  const { digest, ...waiting } = wanted;
  await untilLogged(hands, { container, ...waiting }, (line) => {
    if (!line.includes('"policy-in-force"')) return false;
    const event: { readonly event?: unknown; readonly digest?: unknown } = JSON.parse(line);
    return event.event === "policy-in-force" && (digest === null || event.digest === digest);
  });
}

// The engine asks a health check only every interval, so the same check is asked here too, less and less often.
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
  const stop = new AbortController();
  const signal = AbortSignal.any([hands.signal, stop.signal]);
  try {
    await Promise.race([ask(container, name, command, signal), watch({ container, name, timeoutMs }, signal)]);
  } finally {
    stop.abort();
  }
}

const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 1000;

async function ask(
  container: Dockerode.Container,
  name: string,
  command: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
    const passed = await runInside(container, command, signal).then(
      (result) => result.code === 0,
      async (cause: unknown) => {
        // An ended container refuses to run anything: that is the news, not the refusal.
        await refuseEnded(container, name);
        throw cause;
      },
    );
    if (passed) return;
    await sleep(pause, undefined, { signal });
  }
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
