/** The records of a `-z` output. */
export function* nullTerminated(output: Buffer): Generator<Buffer> {
  let start = 0;
  for (let end = output.indexOf(0, start); end >= 0; end = output.indexOf(0, start)) {
    yield output.subarray(start, end);
    start = end + 1;
  }
}
