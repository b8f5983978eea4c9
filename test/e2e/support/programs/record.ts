/** Tells the test what was seen: one line of JSON each on standard output. */
export function saw(event: Readonly<Record<string, unknown>>): void {
  process.stdout.write(`${JSON.stringify({ at: Date.now(), ...event })}\n`);
}
