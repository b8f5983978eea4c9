/**
 * Finds values that one method remembers in a cache and another changes in the table without forgetting them: the
 * reader has `"SET", key(part)` beside a SELECT from a table, the suspect writes that table and has no `"DEL", key(`.
 */
export function staleReads(methods, suspects) {
  return methods.flatMap((reader) => {
    const remembered = /"SET", (\w+)\((\w+)\)/.exec(reader.text);
    const table = /\bFROM (\w+)/.exec(reader.text)?.[1];
    if (remembered === null || table === undefined) return [];
    const [, key, named] = remembered;
    const writes = new RegExp(`\\b(?:UPDATE|INSERT INTO|DELETE FROM) ${table}\\b`);
    return suspects
      .filter((method) => writes.test(method.text) && !method.text.includes(`"DEL", ${key}(`))
      .flatMap((method) => forget(method, { key, named, cache: cacheOf(reader), reader: reader.name }));
  });
}

function forget(method, { key, named, cache, reader }) {
  const argument = inScope(method, named);
  const last = /\n {4}return [^\n]*\n {2}\}$/.exec(method.text) ?? /\n {2}\}$/.exec(method.text);
  if (argument === null || last === null) return [];
  const line = `\n    await ${cache}.command("DEL", ${key}(${argument}));`;
  const after = method.text.slice(0, last.index) + line + method.text.slice(last.index);
  return [{ before: method.text, after, because: `${method.name} forgets the count that ${reader} remembers`, weight: 2 }];
}

/** How the suspect can name the same thing: its own parameter, or a column of the row that it gets back. */
function inScope(method, named) {
  if (method.parameters.includes(named)) return named;
  const row = /const \[(\w+)\] = await/.exec(method.text)?.[1];
  const returned = method.text.slice(method.text.lastIndexOf("RETURNING"));
  return row !== undefined && new RegExp(`\\b${named}\\b`).test(returned) ? `${row}.${named}` : null;
}

function cacheOf(reader) {
  return /await ([\w.#]+)\.command\("SET"/.exec(reader.text)?.[1] ?? "this.cache";
}
