const terminal = process.stdout.isTTY && process.env["NO_COLOR"] === undefined;
const paint = (code: number) => (text: string) => (terminal ? `\u001b[${code}m${text}\u001b[0m` : text);
const bold = paint(1);
const dim = paint(2);
const green = paint(32);

/** A step that did not go as the example says. */
export class NotAsExpected extends Error {}

/** Tells the story: steps with their times, the commands as they are typed, and what must hold after each. */
export class Narrator {
  readonly #startedMs = performance.now();
  readonly #steps: { readonly title: string; readonly startedMs: number }[] = [];
  #checked = 0;

  step(title: string): void {
    this.#steps.push({ title, startedMs: performance.now() });
    console.log(`\n${bold(`${this.#steps.length}. ${title}`)}`);
  }

  say(text: string): void {
    console.log(`   ${text}`);
  }

  command(line: string): void {
    console.log(`   ${bold(`$ ${line}`)}`);
  }

  output(line: string): void {
    console.log(`     ${dim("│")} ${line}`);
  }

  /** Ends the example with exit 1 when `held` is not true; `found` says what was there instead. */
  expect(what: string, held: boolean, found = ""): void {
    if (!held) throw new NotAsExpected(found === "" ? what : `${what} (found: ${found})`);
    this.#checked += 1;
    console.log(`   ${green("✓")} ${what}`);
  }

  summary(): void {
    const endMs = performance.now();
    console.log(`\n${bold("Summary")}`);
    this.#steps.forEach(({ title, startedMs }, index) => {
      const until = this.#steps[index + 1]?.startedMs ?? endMs;
      console.log(`   ${seconds(until - startedMs).padStart(7)}  ${title}`);
    });
    console.log(`   ${seconds(endMs - this.#startedMs).padStart(7)}  in all; ${this.#checked} expectations held`);
  }
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
