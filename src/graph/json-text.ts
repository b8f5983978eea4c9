// What JSON.stringify writes otherwise than it stands; a pair of surrogates it leaves, which is too rare to look for.
const ESCAPED = /["\\\u0000-\u001f\ud800-\udfff]/;

/** A string as JSON, as JSON.stringify writes it; most need nothing but the quotes, and saying so takes half the time. */
export function jsonText(text: string): string {
  return ESCAPED.test(text) ? JSON.stringify(text) : `"${text}"`;
}

const KEYS = new Map<string, string>();

/** More than all objects of a plan have; names from a file must not fill the memory. */
const MOST_KEYS = 4096;

/** The same for keys of objects, which are few and come again in every object. */
export function jsonKey(key: string): string {
  const known = KEYS.get(key);
  if (known !== undefined) return known;
  const text = jsonText(key);
  if (KEYS.size < MOST_KEYS) KEYS.set(key, text);
  return text;
}
