import type { Run } from "../../../src/model/model.ts";
import { claude } from "./claude.ts";
import type { Client } from "./client.ts";
import { codex } from "./codex.ts";
import { gemini } from "./gemini.ts";

/** By the word that a file's `run` has. */
export const CLIENTS = { claude, codex, gemini } as const satisfies Record<
  Extract<Run, { readonly kind: "cli" }>["cli"],
  Client
>;
