/** A set-up step that the machine refused: what happened, and what the reader can do about it. */
export class SetupError extends Error {
  constructor(message, { mend = "", tail = [], cause } = {}) {
    super(message, { cause });
    this.mend = mend;
    this.tail = tail;
  }
}
