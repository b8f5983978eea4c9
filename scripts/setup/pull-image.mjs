import { SetupError } from "./setup-error.mjs";

const DECIDE_MS = 8000;
const STALL_MS = 120_000;

/** Pulls an image. False where no registry answers within a few seconds or it does not have the image. */
export async function pullImage({ client, ref, log, detail }) {
  const stop = new AbortController();
  let answered = false;
  let timer = setTimeout(() => stop.abort(), DECIDE_MS);
  const onEvent = (event) => {
    log.write(`${event.status ?? ""} ${event.progress ?? ""}\n`);
    detail(event.status ?? "");
    answered = true;
    clearTimeout(timer);
    timer = setTimeout(() => stop.abort(), STALL_MS);
  };
  const [fromImage, tag] = ref.split(":");
  try {
    await client.follow("POST", `/images/create?${new URLSearchParams({ fromImage, tag })}`, {
      signal: stop.signal,
      onEvent,
    });
    return true;
  } catch (error) {
    log.write(`${error.message}\n`);
    if (!answered) return false;
    throw new SetupError(`The pull of ${ref} broke off.`, {
      mend: "Run the same command again; what was pulled is kept.",
      cause: error,
    });
  } finally {
    clearTimeout(timer);
  }
}
