import { isMap, isSeq, parseDocument } from "yaml";
import { diagnostic } from "../diagnostics/catalog.ts";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { characterProblems } from "./characters.ts";
import { nestingProblem } from "./nesting.ts";
import { Places } from "./places.ts";
import { spanBetween } from "./source-text.ts";
import type { SourceText } from "./source-text.ts";
import { Patience } from "./patience.ts";
import { piecesOf } from "./split-pieces.ts";
import type { Piece } from "./split-pieces.ts";
import { acceptKey, fillList, fillMapping, plainOf } from "./to-plain.ts";
import type { Reading } from "./to-plain.ts";
import { syntaxProblems } from "./yaml-problems.ts";

/** What a file's text says, not yet known to be a coop file. */
export type Parsed =
  | {
      readonly readable: true;
      readonly value: unknown;
      readonly places: Places;
      /** Mistakes in spite of which the value can be trusted, such as a key that is there twice. */
      readonly diagnostics: readonly Diagnostic[];
      /** False: so much is wrong with what was read that the rest was not. */
      readonly whole: boolean;
    }
  | { readonly readable: false; readonly diagnostics: readonly Diagnostic[] };

/** A piece beyond this would take more time and memory than a file of agents is worth. */
const PIECE_LIMIT = 512 * 1024;

/** Mistakes that leave a hole in the value, so that what stands around it would be blamed for it. */
const HOLES: ReadonlySet<string> = new Set(["TooDeep", "AliasExplosion", "UnknownAlias"]);

/** Reads one YAML document, strictly: YAML 1.2, no tags, no merge keys, no second document, few aliases. */
export function parse(source: SourceText, pieces: readonly Piece[] = piecesOf(source.text)): Parsed {
  const early = [...characterProblems(source), ...nestingProblem(source)];
  if (early.length > 0) return { readable: false, diagnostics: early };
  const places = new Places(source);
  const reading: Reading = { places, problems: [], anchors: new Map(), size: 0, aliased: 0 };
  const syntax: Diagnostic[] = [];
  const patience = new Patience(reading);
  const value = valueOf(pieces, { reading, syntax, patience }, []);
  if (syntax.length > 0) return { readable: false, diagnostics: syntax };
  if (reading.problems.some((each) => HOLES.has(each.name))) return { readable: false, diagnostics: reading.problems };
  if (value === null && reading.problems.length === 0) {
    return { readable: false, diagnostics: [diagnostic("EmptyFile", {}, spanBetween(source, 0, 0))] };
  }
  return { readable: true, value, places, diagnostics: reading.problems, whole: !patience.lost };
}

/** What goes along while the pieces are read. */
interface Along {
  readonly reading: Reading;
  readonly syntax: Diagnostic[];
  readonly patience: Patience;
}

/** What the pieces of one block hold together. */
function valueOf(pieces: readonly Piece[], along: Along, path: readonly string[]): unknown {
  const { reading, syntax, patience } = along;
  const depth = path.length;
  let joined: Record<string, unknown> | unknown[] | null = null;
  for (const piece of pieces) {
    if (syntax.length > 0) return null;
    if (patience.lost) break;
    if (piece.kind === "under") {
      const value = valueOf(piece.pieces, along, [...path, piece.key]);
      const first = joined === null;
      joined ??= {};
      if (Array.isArray(joined)) return shapeless(MIXED, piece.keyStart, reading, syntax);
      addUnder(joined, piece, value, reading, first);
      continue;
    }
    const node = nodeOf(piece, reading, syntax);
    if (node === null) continue;
    if (pieces.length === 1) return plainOf(node, reading, piece.start, depth);
    if ((isMap(node) || isSeq(node)) && (node.tag !== undefined || node.anchor !== undefined)) {
      return shapeless("an anchor or a tag stands on a line of its own", piece.start, reading, syntax);
    }
    if (isMap(node) && !Array.isArray(joined)) {
      joined = fillMapping(joined ?? {}, node, reading, piece.start, depth);
    } else if (isSeq(node) && (joined === null || Array.isArray(joined))) {
      joined = fillList(joined ?? [], node, reading, piece.start, depth);
    } else {
      return shapeless(MIXED, piece.start, reading, syntax);
    }
    patience.look(piece.end - piece.start, joined, path);
  }
  return joined;
}

function addUnder(
  into: Record<string, unknown>,
  piece: Piece & { readonly kind: "under" },
  value: unknown,
  reading: Reading,
  first: boolean,
): void {
  const place = [piece.keyStart, piece.keyEnd, piece.keyEnd + 1, piece.end] as const;
  reading.places.open(into, first ? piece.keyStart : piece.end, piece.end);
  if (!acceptKey(into, piece.key, place, reading)) return;
  into[piece.key] = value;
  reading.places.add(into, piece.key, place);
}

function nodeOf(piece: Piece & { readonly kind: "text" }, reading: Reading, syntax: Diagnostic[]): unknown {
  const { source } = reading.places;
  if (piece.end - piece.start > PIECE_LIMIT) {
    const facts = { size: piece.end - piece.start, limit: PIECE_LIMIT };
    syntax.push(diagnostic("EntryTooLarge", facts, spanBetween(source, piece.start, piece.start)));
    return null;
  }
  const document = parseDocument(source.text.slice(piece.start, piece.end), {
    version: "1.2",
    schema: "core",
    prettyErrors: false,
    uniqueKeys: false,
  });
  syntax.push(...syntaxProblems(source, document, piece.start));
  return syntax.length > 0 ? null : document.contents;
}

const MIXED = "a mapping and a list stand at the same depth";

function shapeless(problem: string, at: number, reading: Reading, syntax: Diagnostic[]): null {
  const facts = { problem, mend: "Write this line as its neighbours are." };
  syntax.push(diagnostic("YamlSyntax", facts, spanBetween(reading.places.source, at, at)));
  return null;
}
