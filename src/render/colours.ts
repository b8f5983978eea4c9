import pc from "picocolors";

/** What a renderer may paint with; the identity where colours are off. */
export type Colours = Pick<ReturnType<typeof pc.createColors>, "bold" | "dim" | "red" | "green" | "yellow" | "cyan">;

export function coloursFor(on: boolean): Colours {
  return pc.createColors(on);
}
