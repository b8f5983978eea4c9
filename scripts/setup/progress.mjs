import { createWriteStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { once } from "node:events";
import { statePath } from "./paths.mjs";
import { SetupError } from "./setup-error.mjs";

const FRAMES = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
const REMINDER_MS = 15_000;
const TAIL_LINES = 20;

const out = process.stderr;
const live = new Set();
let timer;
let frame = 0;
let drawn = false;

/** Prints one line that says something without being a step. */
export function say(line) {
  clearLiveLine();
  out.write(`${line}\n`);
}

/**
 * Runs one step: says what it does to the machine, shows that it lives, and keeps its output in `.coop/log/<name>.log`.
 * A failure carries the end of that log.
 */
export async function step(name, what, work) {
  const path = statePath("log", `${name}.log`);
  const log = createWriteStream(path);
  const entry = { name, what, detail: "", startedMs: Date.now(), remindedMs: Date.now() };
  say(`→ ${what}`);
  live.add(entry);
  timer ??= setInterval(draw, out.isTTY ? 100 : 1000);
  try {
    const value = await work({ log, detail: (text) => void (entry.detail = text) });
    finish(entry);
    say(`✓ ${name} (${elapsed(entry)})${entry.detail && `: ${entry.detail}`}`);
    return value;
  } catch (error) {
    finish(entry);
    say(`✗ ${name} (${elapsed(entry)})`);
    throw await withTail(error, log, path);
  } finally {
    log.end();
  }
}

function finish(entry) {
  live.delete(entry);
  if (live.size === 0) {
    clearInterval(timer);
    timer = undefined;
  }
}

async function withTail(error, log, path) {
  log.end();
  await once(log, "close").catch(() => {});
  const text = await readFile(path, "utf8").catch(() => "");
  const tail = text
    .split("\n")
    .filter((line) => line.trim() !== "")
    .slice(-TAIL_LINES);
  return new SetupError(error.message, { mend: error.mend, tail, cause: error });
}

function draw() {
  if (out.isTTY) {
    drawn = true;
    frame = (frame + 1) % FRAMES.length;
    const steps = [...live].map((entry) => `${entry.name} ${elapsed(entry)}${entry.detail && ` ${entry.detail}`}`);
    out.write(`\r\x1b[K${`${FRAMES[frame]} ${steps.join(" · ")}`.slice(0, (out.columns ?? 80) - 1)}`);
    return;
  }
  for (const entry of live) {
    if (Date.now() - entry.remindedMs < REMINDER_MS) continue;
    entry.remindedMs = Date.now();
    out.write(`  … ${entry.name} (${elapsed(entry)})${entry.detail && ` ${entry.detail}`}\n`);
  }
}

function clearLiveLine() {
  if (drawn) out.write("\r\x1b[K");
  drawn = false;
}

function elapsed(entry) {
  return `${((Date.now() - entry.startedMs) / 1000).toFixed(1)} s`;
}
