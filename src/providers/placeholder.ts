import { createHash } from "node:crypto";

const ALPHABETS: Readonly<Record<string, string>> = {
  alnum: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
  lower: "abcdefghijklmnopqrstuvwxyz",
  // Without 0, 1, 8 and 9, as in key ids of AWS.
  upper: "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567",
  digits: "0123456789",
  hex: "0123456789abcdef",
  base64url: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_",
};

const PART = /\{([a-z0-9]+):([0-9]{1,4})\}/g;

/** Fills a placeholder's shape in: the same text for the same seed, another one for another. */
export function placeholderOf(shape: string, seed: string): string {
  let part = 0;
  return shape.replaceAll(PART, (_, name: string, length: string) => {
    part += 1;
    return characters(ALPHABETS[name] ?? "", Number(length), `${seed}\n${part}`);
  });
}

/** What is wrong with a shape, or null. */
export function placeholderProblem(shape: string): string | null {
  for (const [, name] of shape.matchAll(PART))
    if (name !== undefined && !Object.hasOwn(ALPHABETS, name)) return `There is no kind of characters \`${name}\`.`;
  const filled = placeholderOf(shape, "");
  if (/[{}]/.test(filled)) return "A part in braces is `{alnum:N}` or another kind of characters with their number.";
  if (!/^[\x21-\x7e]+$/.test(filled)) return "A placeholder has no spaces and nothing but ASCII.";
  return filled.length >= 16 ? null : "A placeholder shorter than 16 characters could be something else.";
}

function characters(alphabet: string, length: number, seed: string): string {
  let text = "";
  for (let block = 0; text.length < length; block += 1) {
    for (const byte of createHash("sha256").update(`coop placeholder\n${seed}\n${block}`).digest())
      text += alphabet[byte % alphabet.length] ?? "";
  }
  return text.slice(0, length);
}
