import { isMap, LineCounter, parseDocument } from "yaml";
import type { Document } from "yaml";
import type { ProviderFile } from "../../schema/provider-file.gen.ts";
import { validateProviderFile } from "../../schema/provider-validate.gen.js";
import type { Provider } from "../model/provider.ts";
import { providerOf } from "./provider-of.ts";
import { wordedError } from "./worded-error.ts";

export type ParsedProvider =
  | { readonly ok: true; readonly provider: Provider }
  /** Each begins with `file:line:column: `. */
  | { readonly ok: false; readonly problems: readonly string[] };

/** Reads one provider file, wholly or not at all; every mistake is said at once. `file` is its name for messages. */
export function parseProvider(text: string, file: string): ParsedProvider {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true, strict: true, merge: false });
  const at = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `${file}:${line}:${col}: `;
  };
  if (document.errors.length > 0)
    return {
      ok: false,
      problems: document.errors.map((each) => at(each.pos[0]) + (each.message.split("\n")[0] ?? "")),
    };
  const value: unknown = document.toJS({ maxAliasCount: 0 });
  const place = (path: readonly (string | number)[]): string => at(offsetOf(document, path));
  if (!validateProviderFile(value)) {
    const worded = (validateProviderFile.errors ?? []).map((error) => {
      const { path, sentence } = wordedError(error);
      return place(path) + sentence;
    });
    return { ok: false, problems: [...new Set(worded)] };
  }
  // The validator has just said that it is one.
  const read = providerOf(value as ProviderFile);
  return read.ok ? read : { ok: false, problems: read.problems.map((each) => place(each.path) + each.sentence) };
}

/** Where a value stands, or its key, or whatever is nearest above it. */
function offsetOf(document: Document, path: readonly (string | number)[]): number {
  for (let length = path.length; length > 0; length -= 1) {
    const owner = document.getIn(path.slice(0, length - 1), true) ?? document.contents;
    const last = path[length - 1];
    const key = isMap(owner) ? owner.items.find((pair) => String(pair.key) === String(last))?.key : undefined;
    const node: unknown = key ?? document.getIn(path.slice(0, length), true);
    if (typeof node === "object" && node !== null && "range" in node && Array.isArray(node.range))
      return Number(node.range[0]);
  }
  return 0;
}
