// `npm run bench [-- name… | --list | --json FILE]`: coop against its peers, in one run each (docs/benchmarks.md).
import { readFileSync, writeFileSync } from "node:fs";
import { spawnSync } from "node:child_process";
import { parseArgs } from "node:util";
import { changeAll } from "./change-all.ts";
import { changeOne } from "./change-one.ts";
import { database } from "./database.ts";
import { fileSize } from "./file-size.ts";
import { freshApply } from "./fresh-apply.ts";
import { gateway } from "./gateway.ts";
import { idle } from "./idle.ts";
import { noOp } from "./no-op.ts";
import { reconcile } from "./reconcile.ts";
import { startUp } from "./start-up.ts";
import { waitForHealthy } from "./wait.ts";
import { Bench } from "./harness/bench.ts";
import type { Benchmark } from "./harness/benchmark.ts";
import { machine } from "./harness/machine.ts";
import { reportJson, reportText } from "./harness/report.ts";
import type { Section } from "./harness/report.ts";

const ALL: readonly Benchmark[] = [
  startUp,
  fileSize,
  noOp,
  waitForHealthy,
  changeOne,
  changeAll,
  freshApply,
  reconcile,
  idle,
  database,
  gateway,
];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: "string" }, list: { type: "boolean", default: false } },
});
const unknown = positionals.filter((name) => !ALL.some((each) => each.name === name));
if (values.list) for (const each of ALL) console.log(`${each.name.padEnd(14)} ${each.about}`);
else if (unknown.length > 0) {
  console.error(`There is no benchmark ${unknown.join(", ")}; there are ${ALL.map((each) => each.name).join(", ")}.`);
  process.exitCode = 1;
} else await runAll(ALL.filter((each) => positionals.length === 0 || positionals.includes(each.name)));

async function runAll(chosen: readonly Benchmark[]): Promise<void> {
  const built = spawnSync(process.execPath, ["scripts/build.ts"], { stdio: "inherit" });
  if (built.status !== 0) throw new Error("coop's bundle was not built");
  const say = (line: string): void => console.error(`  ${line}`);
  const bench = new Bench(imagesOfSetUp(), say);
  const close = once(() => bench.close());
  for (const signal of ["SIGINT", "SIGTERM"] as const)
    process.on(signal, () => void close().finally(() => process.exit(130)));
  const sections: Section[] = [];
  try {
    if (bench.peer.kind === "missing") console.error(`Not compared with docker compose: ${bench.peer.why}.`);
    for (const each of chosen) {
      console.error(`${each.name}: ${each.about}`);
      sections.push(await section(each, bench));
    }
  } finally {
    await close();
  }
  const about = await machine(bench.docker);
  console.log(reportText(sections, about));
  if (values.json !== undefined)
    writeFileSync(values.json, `${JSON.stringify(reportJson(sections, about), null, 2)}\n`);
}

async function section(benchmark: Benchmark, bench: Bench): Promise<Section> {
  const began = performance.now();
  try {
    return { benchmark, figures: await benchmark.run(bench), failure: null, tookMs: performance.now() - began };
  } catch (error) {
    // One that fails keeps nobody from the others' figures.
    const failure = error instanceof Error ? error.message : String(error);
    console.error(`  failed: ${failure}`);
    process.exitCode = 1;
    return { benchmark, figures: [], failure, tookMs: performance.now() - began };
  }
}

function imagesOfSetUp(): { readonly base: string; readonly postgres: string; readonly redis: string } {
  const images: Readonly<Record<string, unknown>> = JSON.parse(readFileSync(".coop/images.json", "utf8"));
  const named = (name: string): string => {
    const value = images[name];
    if (typeof value !== "string") throw new Error(`.coop/images.json names no ${name} image; type \`npm run setup\``);
    return value;
  };
  return { base: process.env["COOP_BASE_IMAGE"] ?? named("base"), postgres: named("postgres"), redis: named("redis") };
}

function once(work: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | null = null;
  return () => (done ??= work());
}
