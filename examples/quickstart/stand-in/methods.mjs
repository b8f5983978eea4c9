/** The methods of the classes in a formatted source: name, parameters, text with its closing brace. */
export function methodsOf(source) {
  return [...source.matchAll(/^ {2}(?:static )?(?:async )?(\w+)\((.*)\) \{\n[^]*?^ {2}\}$/gm)].map(([text, name, parameters]) => ({
    name,
    parameters: parameters.split(",").map((each) => each.trim()),
    text,
  }));
}
