/**
 * Keys so that each comes behind all it depends on; ties in the order given. Unknown dependencies are ignored.
 * Throws on a cycle, naming it: the rules of the file have refused cycles before.
 */
export function topologicalOrder<K extends string>(
  keys: readonly K[],
  dependsOn: (key: K) => readonly K[],
): readonly K[] {
  const known = new Set(keys);
  const done = new Set<K>();
  const path: K[] = [];
  const order: K[] = [];

  const visit = (key: K): void => {
    if (done.has(key) || !known.has(key)) return;
    if (path.includes(key)) throw new Error(`cycle: ${[...path.slice(path.indexOf(key)), key].join(" → ")}`);
    path.push(key);
    for (const dependency of dependsOn(key)) visit(dependency);
    path.pop();
    done.add(key);
    order.push(key);
  };

  for (const key of keys) visit(key);
  return order;
}
