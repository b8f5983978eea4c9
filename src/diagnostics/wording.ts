/** `a`, `b` and `c`, each in backticks. */
export function quotedList(words: readonly string[], joint: "and" | "or" = "and"): string {
  const quoted = words.map((word) => `\`${word}\``);
  if (quoted.length <= 1) return quoted.join("");
  return `${quoted.slice(0, -1).join(", ")} ${joint} ${quoted[quoted.length - 1] ?? ""}`;
}

/** `1 agent`, `2 agents`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/** A user's text in backticks, made short and harmless: what a message may repeat of the file. */
export function shown(text: string, limit = 60): string {
  const escaped = text.replaceAll(/\p{C}/gu, (character) => `\\u{${character.codePointAt(0)?.toString(16) ?? ""}}`);
  const characters = Array.from(escaped);
  return `\`${characters.length > limit ? `${characters.slice(0, limit).join("")}…` : escaped}\``;
}
