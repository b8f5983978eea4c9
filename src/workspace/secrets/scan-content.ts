import { SECRET_SHAPES } from "./secret-shapes.ts";

/** A line of a file that holds something of a secret's shape. The value itself is nowhere in here. */
export interface SecretFinding {
  /** Relative to the workspace's root. */
  readonly path: string;
  /** Counts from 1. */
  readonly line: number;
  readonly kind: string;
}

const MAX_BYTES = 5 * 1024 * 1024;
/** Longer lines are minified: what looks like a key in there is noise. */
const MAX_LINE = 2048;
/** One look that lets nearly every file go. */
const WORTH_A_LOOK = /-----BEGIN|AKIA|sk-|gh[pousr]_|github_pat_|xox[baprs]-|AIza|k_live_|eyJ|:\/\/[^/\s]*@/;

/** Finds secrets by the providers' own formats. Binary files and files above 5 MiB are not looked at. */
export function scanContent(path: string, content: Buffer): readonly SecretFinding[] {
  if (content.length > MAX_BYTES || content.includes(0)) return [];
  const text = content.toString("latin1");
  if (!WORTH_A_LOOK.test(text)) return [];
  return text.split("\n").flatMap((line, index) => {
    if (line.length > MAX_LINE || !WORTH_A_LOOK.test(line)) return [];
    const shape = SECRET_SHAPES.find(({ pattern }) => pattern.test(line));
    return shape === undefined ? [] : [{ path, line: index + 1, kind: shape.kind }];
  });
}
