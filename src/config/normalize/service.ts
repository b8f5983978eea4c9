import type { CommandLine, HealthcheckEntry, ServiceEntry } from "../../../schema/coop-file.gen.ts";
import type { Healthcheck, Service } from "../../model/model.ts";
import { splitCommandLine } from "../command-line.ts";
import type { Places } from "../places.ts";
import { millisecondsOf } from "../quantities.ts";
import { normalizeChoice } from "./choice.ts";
import { normalizeEnvironment } from "./environment.ts";
import { sortedSet } from "./layers.ts";
import { normalizeMounts } from "./mounts.ts";
import { normalizeResources } from "./resources.ts";
import { normalizeUnsafe } from "./unsafe.ts";

/** A service as it is written. */
export interface WrittenService {
  readonly name: string;
  readonly entry: ServiceEntry;
  /** The mapping that holds it. */
  readonly owner: object;
  readonly places: Places;
}

export function normalizeService({ name, entry, owner, places }: WrittenService): Service {
  const origin = places.key(owner, name);
  return {
    name,
    origin,
    image: entry.image,
    imageOrigin: places.value(entry, "image"),
    command: wordsOf(entry.command),
    entrypoint: wordsOf(entry.entrypoint),
    user: entry.user === undefined ? null : String(entry.user),
    environment: normalizeEnvironment([entry], places),
    volumes: normalizeMounts(entry.volumes, places),
    tmpfs: sortedSet((entry.tmpfs ?? []).map((path) => path.replace(/(?<=.)\/+$/u, ""))),
    healthcheck: entry.healthcheck === undefined ? null : normalizeHealthcheck(entry.healthcheck),
    provision: entry.provision ?? [],
    ports: [...new Set(entry.ports)].toSorted((a, b) => a - b),
    dependsOn: sortedSet(entry.dependsOn ?? []),
    egress: normalizeChoice([entry], places, origin),
    resources: normalizeResources([entry], places, origin),
    wait: entry.wait ?? true,
    readyTimeoutMs: millisecondsOf(entry.readyTimeout ?? "2m"),
    restart: entry.restart ?? "always",
    unsafe: normalizeUnsafe([entry], places),
  };
}

function wordsOf(written: CommandLine | undefined): readonly string[] | null {
  if (written === undefined) return null;
  return typeof written === "string" ? (splitCommandLine(written) ?? []) : written;
}

function normalizeHealthcheck(written: HealthcheckEntry): Healthcheck {
  return {
    test: typeof written.test === "string" ? ["CMD-SHELL", written.test] : written.test,
    intervalMs: millisecondsOf(written.interval ?? "5s"),
    timeoutMs: millisecondsOf(written.timeout ?? "5s"),
    retries: written.retries ?? 12,
    startPeriodMs: millisecondsOf(written.startPeriod ?? "0s"),
  };
}
