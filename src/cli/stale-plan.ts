import { readFile } from "node:fs/promises";
import { CoopError } from "../diagnostics/coop-error.ts";

/** Refuses a plan that `coop plan --out` saved and that is not, to its last bit, the plan of this moment. */
export async function refuseStale(path: string, fingerprint: string): Promise<void> {
  const text = await readFile(path, "utf8").catch((cause: unknown) => {
    throw new CoopError("FILE_UNREADABLE", `The plan ${path} cannot be read.`, { cause });
  });
  const saved = parsed(path, text);
  if (saved.version !== 1 || typeof saved.fingerprint !== "string") {
    throw new CoopError("STALE_PLAN", `${path} is no plan of this version of coop.`, { mend: "coop plan --out FILE" });
  }
  if (saved.fingerprint !== fingerprint) {
    throw new CoopError(
      "STALE_PLAN",
      `${path} was made for another file or another state of the world. Nothing was changed.`,
      {
        mend: `Look again and save a new one: coop plan --out ${path}`,
      },
    );
  }
}

function parsed(path: string, text: string): { readonly version?: unknown; readonly fingerprint?: unknown } {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? value : {};
  } catch (cause) {
    throw new CoopError("STALE_PLAN", `${path} is no JSON.`, { cause, mend: "coop plan --out FILE" });
  }
}
