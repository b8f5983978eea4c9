import type { ImageEntry } from "../../../schema/coop-file.gen.ts";
import { diagnostic } from "../../diagnostics/catalog.ts";
import type { Diagnostic } from "../../diagnostics/diagnostic.ts";
import type { SourceSpan } from "../../diagnostics/source-span.ts";
import type { Places } from "../places.ts";
import type { Rule } from "./rule.ts";

// The grammar of the distribution project: host, path, tag, digest.
const PATH = String.raw`[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*`;
const IMAGE = new RegExp(
  String.raw`^(?:[a-zA-Z0-9][a-zA-Z0-9.-]*(?::[0-9]+)?/)?${PATH}(?:/${PATH})*(?::[\w][\w.-]{0,127})?(?:@sha256:[0-9a-f]{64})?$`,
  "u",
);
const PACKAGE = /^[a-z0-9][a-z0-9+.-]+(?::[a-z0-9-]+)?(?:=[A-Za-z0-9.+~:-]+)?$/u;

/** Images and packages have names that the engine and Debian take, and an image has one source. */
export const images: Rule = (_file, { agents, places, services }) => [
  ...agents.flatMap(({ entry }) => (entry.image === undefined ? [] : imageProblems(entry.image, places))),
  ...services.flatMap(({ entry }) => nameProblem(entry.image, places.value(entry, "image"))),
];

function imageProblems(image: ImageEntry, places: Places): readonly Diagnostic[] {
  const found: Diagnostic[] = [];
  const sources = (["base", "dockerfile", "ref"] as const).filter((field) => image[field] !== undefined);
  const [first, second] = sources;
  if (first !== undefined && second !== undefined) {
    const related = [{ message: "and here", span: places.key(image, first) }];
    found.push(diagnostic("ImageSourceTwice", { first, second }, places.key(image, second), related));
  }
  if (image.ref !== undefined) found.push(...nameProblem(image.ref, places.value(image, "ref")));
  for (const [at, name] of (image.packages ?? []).entries()) {
    if (PACKAGE.test(name)) continue;
    const mend = PACKAGE.test(name.trim().toLowerCase())
      ? `Write \`${name.trim().toLowerCase()}\`.`
      : "Write one package's name an item, such as `ripgrep`.";
    found.push(diagnostic("InvalidPackage", { name, mend }, places.value(image.packages ?? [], at)));
  }
  return found;
}

function nameProblem(image: string, span: SourceSpan): readonly Diagnostic[] {
  if (image.length <= 4096 && IMAGE.test(image)) return [];
  const lower = image.trim().toLowerCase();
  const mend = IMAGE.test(lower)
    ? `Write \`${lower}\`.`
    : "Write `name:tag` or `name@sha256:` and 64 hex digits, in lower case.";
  return [diagnostic("InvalidImage", { image, mend }, span)];
}
