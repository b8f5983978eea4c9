/** Splits one line into words as a shell does with quotes and backslashes, and nothing else; null for an open quote. */
export function splitCommandLine(line: string): readonly string[] | null {
  const words: string[] = [];
  let word: string | null = null;
  let quote: string | null = null;
  for (let at = 0; at < line.length; at += 1) {
    const character = line[at] ?? "";
    if (quote === "'") {
      if (character === "'") quote = null;
      else word = (word ?? "") + character;
    } else if (character === "\\" && (quote === null || '"\\$`'.includes(line[at + 1] ?? ""))) {
      at += 1;
      word = (word ?? "") + (line[at] ?? "\\");
    } else if (character === '"') {
      quote = quote === null ? '"' : null;
      word ??= "";
    } else if (character === "'" && quote === null) {
      quote = "'";
      word ??= "";
    } else if (quote === null && /\s/u.test(character)) {
      if (word !== null) words.push(word);
      word = null;
    } else {
      word = (word ?? "") + character;
    }
  }
  if (quote !== null) return null;
  if (word !== null) words.push(word);
  return words;
}
