/** The fields of a JSON object; none for anything else. */
export function jsonObject(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? { ...value } : {};
  } catch {
    // The parser's own sentence quotes the text, which is secret.
    return {};
  }
}
