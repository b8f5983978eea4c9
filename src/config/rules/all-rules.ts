import type { Rule } from "./rule.ts";
import { unknownReferences } from "./unknown-references.ts";

/** Every semantic rule, in no order that matters. */
export const ALL_RULES: readonly Rule[] = [unknownReferences];
