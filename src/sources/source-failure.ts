/** A source that gives no value: why, and what mends it. Caught where all that is missing is collected. */
export class SourceFailure extends Error {
  readonly mend: string;

  constructor(why: string, mend: string) {
    super(why);
    this.name = "SourceFailure";
    this.mend = mend;
  }
}
