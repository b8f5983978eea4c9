/** Says where a JSON value has another shape than it must have. Caught at the edge that reads the value. */
export class ShapeError extends Error {
  constructor(at: string, expected: string) {
    super(`${at}: expected ${expected}`);
    this.name = "ShapeError";
  }
}

/** Runs a reader over an untrusted value; a wrong shape becomes a reason. */
export function readShape<T>(
  read: () => T,
): { readonly ok: true; readonly value: T } | { readonly ok: false; readonly reason: string } {
  try {
    return { ok: true, value: read() };
  } catch (error) {
    if (error instanceof ShapeError || error instanceof SyntaxError) return { ok: false, reason: error.message };
    throw error;
  }
}

/** An object with exactly these keys: a missing one and an unknown one are both refused. */
export function objectOf<Key extends string>(
  value: unknown,
  at: string,
  keys: readonly Key[],
): Readonly<Record<Key, unknown>> {
  const record = recordOf(value, at);
  for (const key of Object.keys(record)) {
    if (!keys.some((known) => known === key)) throw new ShapeError(`${at}.${key}`, "no such field");
  }
  for (const key of keys) {
    if (!Object.hasOwn(record, key)) throw new ShapeError(`${at}.${key}`, "a value");
  }
  return record;
}

/** Any object that is not a list. */
export function recordOf(value: unknown, at: string): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new ShapeError(at, "an object");
  // An object that is no list has string keys.
  return value as Readonly<Record<string, unknown>>;
}

export function listOf<T>(value: unknown, at: string, each: (item: unknown, at: string) => T): readonly T[] {
  if (!Array.isArray(value)) throw new ShapeError(at, "a list");
  return value.map((item: unknown, index) => each(item, `${at}[${index}]`));
}

/** A text of 1 to `limit` characters that the pattern accepts wholly. */
export function textOf(value: unknown, at: string, limit: number, pattern?: RegExp): string {
  if (typeof value !== "string" || value.length === 0 || value.length > limit)
    throw new ShapeError(at, `a text of 1 to ${limit} characters`);
  if (pattern !== undefined && !pattern.test(value)) throw new ShapeError(at, `a text like ${pattern.source}`);
  return value;
}

export function portOf(value: unknown, at: string): number {
  if (typeof value !== "number" || !Number.isInteger(value) || value < 1 || value > 65535)
    throw new ShapeError(at, "a port");
  return value;
}

export function booleanOf(value: unknown, at: string): boolean {
  if (typeof value !== "boolean") throw new ShapeError(at, "true or false");
  return value;
}

export function oneOf<T extends string>(value: unknown, at: string, words: readonly T[]): T {
  const found = words.find((word) => word === value);
  if (found === undefined) throw new ShapeError(at, words.join(" or "));
  return found;
}

export function nullOr<T>(value: unknown, read: (value: unknown) => T): T | null {
  return value === null ? null : read(value);
}
