/** A place in a text. `line` and `column` count from 1, columns in UTF-16 units; `offset` counts from 0. */
export interface Position {
  readonly offset: number;
  readonly line: number;
  readonly column: number;
}

/** A half-open range of a file's text; `end` is the first position behind it. */
export interface SourceSpan {
  /** The file as the user named it, for messages; never an absolute path unless the user wrote one. */
  readonly file: string;
  readonly start: Position;
  readonly end: Position;
}

const START: Position = { offset: 0, line: 1, column: 1 };

/** The span for something that no line of the file asked for, such as a default: the file's first character. */
export function startOf(file: string): SourceSpan {
  return { file, start: START, end: START };
}
