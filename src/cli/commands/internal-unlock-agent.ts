import { CoopError } from "../../diagnostics/coop-error.ts";
import { keepMemoryOutOfCores } from "../../gateway/cores.ts";
import { holdKey } from "../../vault/unlock-agent.ts";
import { EXIT } from "../shell.ts";
import type { ExitCode, Shell } from "../shell.ts";

/** The process that `coop credentials unlock` leaves behind: takes the key from its standard input and holds it for a time. */
export async function internalUnlockAgent(
  args: { readonly socket: string; readonly until: number },
  shell: Shell,
): Promise<ExitCode> {
  keepMemoryOutOfCores();
  const { stdin } = shell.streams(false);
  const chunks: Buffer[] = [];
  for await (const chunk of stdin ?? []) chunks.push(Buffer.from(chunk as Uint8Array)); // a pipe gives bytes
  const key = Buffer.concat(chunks);
  for (const each of chunks) each.fill(0);
  if (key.length !== 32) throw new CoopError("USAGE", "This is no command for people: coop credentials unlock");
  await holdKey(args.socket, key, args.until, () => shell.out("ready\n"), shell.signal);
  return EXIT.done;
}
