import { inspect } from "node:util";

const HIDDEN = "[hidden]";

/**
 * The same object, which no log, error or crash report shows: `inspect`, string conversion and JSON give a word in its place.
 * Its fields stay as they are for whoever asks for them by name.
 */
export function hidden<T extends object>(value: T): T {
  const word = { value: () => HIDDEN, enumerable: false };
  return Object.freeze(Object.defineProperties({ ...value }, { [inspect.custom]: word, toJSON: word, toString: word }));
}
