import { entry } from "../catalog-entry.ts";
import { shown } from "../wording.ts";

/** 3xxx: the target cannot do what the file asks. Nothing is ever weakened instead. */
export const TARGET = {
  NotSupportedByBackend: entry<{ readonly what: string; readonly backend: string; readonly wayOut: string }>({
    code: "COOP3001",
    severity: "error",
    message: ({ what, backend }) => `${what} cannot be had on ${shown(backend)}.`,
    hint: ({ wayOut }) => wayOut,
    example: "An agent asks for `isolation: gvisor`, and the engine of the target has no such runtime.",
  }),
} as const;
