const BEYOND_ASCII = /[^\0-\x7f]/;

/**
 * The one spelling under which names are compared: case folded, and composed (NFC) so that a pattern typed on one
 * system hides a file named on another.
 */
export function fold(text: string): string {
  if (!BEYOND_ASCII.test(text)) return text.toLowerCase();
  return text.normalize("NFC").toLowerCase().replaceAll("ς", "σ");
}
