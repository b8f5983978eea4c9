import { createReadStream } from "node:fs";
import { CoopError } from "../../diagnostics/coop-error.ts";
import type { Shell } from "../shell.ts";

const LIMIT = 4096;

/** The first line that a descriptor gives: how scripts hand over a passphrase, which no process list and no history shows. */
export async function passphraseFromDescriptor(descriptor: number): Promise<string> {
  let text = "";
  try {
    const stream = createReadStream("", { fd: descriptor, autoClose: descriptor > 2, encoding: "utf8" });
    for await (const chunk of stream) {
      text += String(chunk);
      if (text.includes("\n") || text.length > LIMIT) break;
    }
  } catch (cause) {
    throw new CoopError("USAGE", `No passphrase can be read from the descriptor ${descriptor}.`, {
      cause,
      mend: "coop credentials unlock --passphrase-fd 3 3< FILE",
    });
  }
  return sound(text.split(/\r?\n/u)[0] ?? "");
}

/** Asks a person, without showing what they type. Null = they went away. */
export async function askPassphrase(question: string, shell: Shell): Promise<string | null> {
  if (!shell.interactive) throw new Error("nobody can be asked");
  const { isCancel, password } = await import("@clack/prompts");
  const answer = await password({ message: question, mask: "", output: process.stderr });
  return isCancel(answer) ? null : sound(answer);
}

/** A new passphrase, typed twice. */
export async function askNewPassphrase(shell: Shell): Promise<string | null> {
  const first = await askPassphrase("A new passphrase for the vault (not shown)", shell);
  if (first === null) return null;
  const again = await askPassphrase("The same again", shell);
  if (again === null) return null;
  if (first !== again)
    throw new CoopError("USAGE", "The two are not the same. Nothing was changed.", { mend: "Try again." });
  refuseWeak(first);
  return first;
}

/** Whoever has the file can try passphrases for years: a short one is none. */
export function refuseWeak(passphrase: string): void {
  if (Array.from(passphrase).length >= 8 && new Set(passphrase).size >= 4) return;
  throw new CoopError("USAGE", "That passphrase is too short: it must have 8 characters, 4 of them different.", {
    mend: "Choose some words.",
  });
}

function sound(passphrase: string): string {
  if (passphrase !== "" && passphrase.length <= LIMIT) return passphrase;
  throw new CoopError("USAGE", passphrase === "" ? "The passphrase is empty." : "The passphrase is too long.", {
    mend: "Give it in one line.",
  });
}
