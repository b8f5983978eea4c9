import { CoopError } from "../../diagnostics/coop-error.ts";
import type { Provider, SecretValue } from "../../model/provider.ts";
import { SourceFailure } from "../../sources/source-failure.ts";
import { loginValue } from "../../sources/login-value.ts";
import { awsValue, valueOfText } from "../../sources/value-of-text.ts";
import type { EntryMeta } from "../../vault/vault-header.ts";
import type { Shell } from "../shell.ts";
import { askPassphrase } from "./passphrase.ts";

const LIMIT = 64 * 1024;

/** A value that a person types unseen, or that a program writes to standard input. Never an argument: those are seen by all. */
export async function readValue(
  kind: EntryMeta["kind"],
  provider: Provider | null,
  shell: Shell,
): Promise<SecretValue> {
  const text = shell.interactive ? await typed(kind, shell) : await piped(shell);
  try {
    switch (kind) {
      case "text":
        return valueOfText(text, "environment");
      case "aws":
        return awsValue(text);
      case "oauth":
        return loginValue(text, provider?.refresh ?? null);
    }
  } catch (error) {
    if (!(error instanceof SourceFailure)) throw error;
    throw new CoopError("USAGE", `The value ${error.message}. Nothing was stored.`, { mend: error.mend });
  }
}

async function typed(kind: EntryMeta["kind"], shell: Shell): Promise<string> {
  const what = { text: "The value", aws: "The access key, as JSON", oauth: "The login, as JSON" }[kind];
  const text = await askPassphrase(`${what} (not shown)`, shell);
  if (text !== null) return text;
  throw new CoopError("INTERRUPTED", "Nothing was stored.");
}

async function piped(shell: Shell): Promise<string> {
  const { stdin } = shell.streams(false);
  if (stdin === null || ("isTTY" in stdin && stdin.isTTY === true)) {
    throw new CoopError("USAGE", "The value is read from standard input, which is a terminal that would show it.", {
      mend: "Type it at the question, or pipe it: coop credentials set NAME < FILE",
    });
  }
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of stdin) {
    const bytes = Buffer.from(chunk as Uint8Array | string); // a stream in binary gives buffers, a test's may give texts
    length += bytes.length;
    if (length > LIMIT)
      throw new CoopError("USAGE", `The value is longer than ${LIMIT / 1024} KiB. Nothing was stored.`);
    chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString("utf8");
}
