import type { Readable, Transform } from "node:stream";
import { type Keep, UnsignableBody } from "../credentials/resign-chunks.ts";
import type { ByteBudget } from "./byte-budget.ts";
import type { ClientRequest } from "./client-request.ts";
import type { Dressed } from "./dress.ts";

/** A client's body through what is done to it on its way, with backpressure and within what its sandbox may keep. */
export function throughStage(
  { identity }: ClientRequest,
  body: Readable,
  stageFor: (keep: Keep) => Transform,
  budget: ByteBudget,
): Pick<Dressed, "body" | "broken" | "release"> {
  const stage = stageFor({
    take: (bytes) => budget.take(identity, bytes),
    giveBack: (bytes) => budget.giveBack(identity, bytes),
  });
  let why: string | null = null;
  stage.on("error", (error) => {
    why = error instanceof UnsignableBody ? error.message : "its body broke off";
    // The rest is not for the upstream; the client hears the reason when it has been read.
    body.unpipe(stage);
    body.resume();
  });
  body.once("error", () => stage.destroy());
  body.once("close", () => {
    if (!body.readableEnded) stage.destroy();
  });
  body.pipe(stage);
  return {
    body: stage,
    broken: () => (why === null ? null : { kind: "deny", code: "signature-refused", detail: why }),
    release: () => void stage.destroy(),
  };
}
