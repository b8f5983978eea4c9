import { comparisonFlips } from "./comparison-flips.mjs";
import { methodsOf } from "./methods.mjs";
import { staleReads } from "./stale-reads.mjs";

/**
 * What the stand-in has for a mind: two rules of program repair, applied to the sources that it was sent. It knows
 * nothing of the example, and the caller's tests decide whether a proposal was right.
 */
export function proposeEdit({ failure, files, tried }) {
  const called = methodsCalledBy(failure.name, files[failure.file] ?? "");
  const proposals = Object.entries(files)
    .filter(([file]) => file !== failure.file)
    .flatMap(([file, text]) => {
      const methods = methodsOf(text);
      const suspects = methods.filter((method) => called.has(method.name));
      return [...staleReads(methods, suspects), ...comparisonFlips(suspects)].map(({ before, after, because, weight }) => ({
        edit: { file, before, after },
        because,
        weight,
      }));
    })
    .filter(({ edit }) => files[edit.file].split(edit.before).length === 2)
    .filter(({ edit }) => !tried.some((each) => each.file === edit.file && each.after === edit.after))
    .toSorted((a, b) => b.weight - a.weight);
  const [best] = proposals;
  return best === undefined ? null : { edit: best.edit, because: best.because };
}

/** Names of the methods that the failing test calls, by the text between its name and the next test. */
function methodsCalledBy(name, test) {
  const from = test.indexOf(JSON.stringify(name));
  const to = test.indexOf("\n  it(", from);
  const body = test.slice(from, to === -1 ? undefined : to);
  return new Set([...body.matchAll(/\.(\w+)\(/g)].map((match) => match[1]));
}
