import type { Node, Pair, YAMLMap, YAMLSeq } from "yaml";
import { isAlias, isMap, isNode, isScalar, isSeq } from "yaml";
import { diagnostic } from "../diagnostics/catalog.ts";
import type { Diagnostic, RelatedSpan } from "../diagnostics/diagnostic.ts";
import type { EntryPlace, Places } from "./places.ts";
import { spanBetween } from "./source-text.ts";

/** Nothing in a coop.yaml is nested deeper than eight; this leaves room for mistakes worth a better message. */
export const DEPTH_LIMIT = 64;
/** How many values all aliases together may stand for. */
export const ALIAS_LIMIT = 10_000;
/** How far before a node its tag is looked for. */
const TAG_REACH = 200;

/** What is carried from piece to piece while one file is read. It lives inside `parse`. */
export interface Reading {
  readonly places: Places;
  readonly problems: Diagnostic[];
  /** Finished anchors, with how many values each stands for. */
  readonly anchors: Map<string, { readonly value: unknown; readonly size: number }>;
  /** Values read so far; those that aliases stand for count each time. */
  size: number;
  aliased: number;
}

/** A node's plain value. `base` is where the node's text begins in the file. */
export function plainOf(node: unknown, reading: Reading, base: number, depth: number): unknown {
  reading.size += 1;
  if (!isNode(node)) return null;
  if (isAlias(node)) return aliased(node.source, node, reading, base);
  const before = reading.size;
  refuseTag(node, reading, base);
  const value = unanchored(node, reading, base, depth);
  if (node.anchor !== undefined) reading.anchors.set(node.anchor, { value, size: reading.size - before + 1 });
  return value;
}

function unanchored(node: Node, reading: Reading, base: number, depth: number): unknown {
  if (isScalar(node)) return node.value;
  if (depth >= DEPTH_LIMIT) {
    problem(reading, "TooDeep", { limit: DEPTH_LIMIT }, node, base);
    return null;
  }
  if (isMap(node)) return fillMapping({}, node, reading, base, depth);
  return isSeq(node) ? fillList([], node, reading, base, depth) : null;
}

/** Adds a node's entries to a mapping, which may have some already. */
export function fillMapping(
  into: Record<string, unknown>,
  node: YAMLMap,
  reading: Reading,
  base: number,
  depth: number,
): Record<string, unknown> {
  reading.places.open(into, base + (node.range?.[0] ?? 0), base + (node.range?.[1] ?? 0));
  for (const pair of node.items) {
    const key = keyOf(pair, reading, base);
    if (key === null) continue;
    const place = placeOf(pair, base);
    const value = plainOf(pair.value, reading, base, depth + 1);
    if (acceptKey(into, key, place, reading)) {
      into[key] = value;
      reading.places.add(into, key, place);
    }
  }
  return into;
}

/** Adds a node's items to a list, which may have some already. */
export function fillList(into: unknown[], node: YAMLSeq, reading: Reading, base: number, depth: number): unknown[] {
  reading.places.open(into, base + (node.range?.[0] ?? 0), base + (node.range?.[1] ?? 0));
  for (const item of node.items) {
    const range = isNode(item) ? item.range : null;
    const [start, end] = [base + (range?.[0] ?? node.range?.[0] ?? 0), base + (range?.[1] ?? node.range?.[0] ?? 0)];
    reading.places.add(into, "", [start, end, start, end]);
    into.push(plainOf(item, reading, base, depth + 1));
  }
  return into;
}

/** Whether the key is new; says so where it is not. */
export function acceptKey(into: object, key: string, place: EntryPlace, reading: Reading): boolean {
  if (!Object.hasOwn(into, key)) return true;
  const related: RelatedSpan[] = [{ message: "first written here", span: reading.places.key(into, key) }];
  reading.problems.push(
    diagnostic("DuplicateKey", { key }, spanBetween(reading.places.source, place[0], place[1]), related),
  );
  return false;
}

function keyOf(pair: Pair, reading: Reading, base: number): string | null {
  const key = pair.key;
  if (!isScalar(key) || key.value === null) {
    problem(reading, "KeyNotText", {}, isNode(key) ? key : isNode(pair.value) ? pair.value : null, base);
    return null;
  }
  refuseTag(key, reading, base);
  if (key.value === "<<" && key.type === "PLAIN") {
    problem(reading, "MergeKeyRefused", {}, key, base);
    return null;
  }
  // The number of a plain key is read as it is spelled: `010` stays `010`.
  const text = typeof key.value === "string" ? key.value : (key.source ?? "");
  if (text === "__proto__") {
    problem(reading, "KeyNotText", {}, key, base);
    return null;
  }
  if (key.anchor !== undefined) reading.anchors.set(key.anchor, { value: key.value, size: 1 });
  return text;
}

function placeOf(pair: Pair, base: number): EntryPlace {
  const key = isNode(pair.key) ? pair.key.range : null;
  const value = isNode(pair.value) ? pair.value.range : null;
  const [keyStart, keyEnd] = [base + (key?.[0] ?? 0), base + (key?.[1] ?? 0)];
  if (value === null || value === undefined || value[0] === value[1]) return [keyStart, keyEnd, keyStart, keyEnd];
  return [keyStart, keyEnd, base + value[0], base + value[1]];
}

function aliased(alias: string, node: Node, reading: Reading, base: number): unknown {
  const anchor = reading.anchors.get(alias);
  if (anchor === undefined) {
    problem(reading, "UnknownAlias", { alias }, node, base);
    return null;
  }
  reading.size += anchor.size;
  reading.aliased += anchor.size;
  if (reading.aliased <= ALIAS_LIMIT) return anchor.value;
  if (reading.aliased - anchor.size <= ALIAS_LIMIT)
    problem(reading, "AliasExplosion", { limit: ALIAS_LIMIT }, node, base);
  return null;
}

function refuseTag(node: Node, reading: Reading, base: number): void {
  if (isAlias(node) || node.tag === undefined) return;
  const end = base + (node.range?.[0] ?? 0);
  // A node's range begins behind its tag.
  const written =
    /!\S*(?:\s+&\S+)?\s*$/u.exec(reading.places.source.text.slice(Math.max(0, end - TAG_REACH), end))?.[0] ?? "";
  const tag = /^!\S*/u.exec(written)?.[0] ?? node.tag;
  const start = end - written.length;
  reading.problems.push(
    diagnostic("TagRefused", { tag }, spanBetween(reading.places.source, start, start + tag.length)),
  );
}

function problem<Name extends "TooDeep" | "KeyNotText" | "MergeKeyRefused" | "UnknownAlias" | "AliasExplosion">(
  reading: Reading,
  name: Name,
  facts: Parameters<typeof diagnostic<Name>>[1],
  node: Node | null,
  base: number,
): void {
  const [start, end] = [base + (node?.range?.[0] ?? 0), base + (node?.range?.[1] ?? 0)];
  reading.problems.push(diagnostic(name, facts, spanBetween(reading.places.source, start, end)));
}
