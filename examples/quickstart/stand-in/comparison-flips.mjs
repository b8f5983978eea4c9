const FLIPS = new Map([
  [">=", ">"],
  [">", ">="],
  ["<=", "<"],
  ["<", "<="],
]);

/** One proposal for each comparison of the suspects that may be off by one. */
export function comparisonFlips(suspects) {
  return suspects.flatMap((method) =>
    [...method.text.matchAll(/(?<= )(?:>=|<=|>|<)(?= )/g)].map((match) => {
      const flipped = FLIPS.get(match[0]);
      return {
        before: method.text,
        after: method.text.slice(0, match.index) + flipped + method.text.slice(match.index + match[0].length),
        because: `${method.name} compares with ${flipped}, not ${match[0]}`,
        weight: 1,
      };
    }),
  );
}
