/**
 * The text of a CommonJS module whose exports are those of `expression`, which is evaluated when one of them is read for the
 * first time. A bundler copies a module's own names when it is imported, so they must come by the prototype: nothing is there
 * to be copied, and the first reading puts the value in its place.
 */
export function whenUsed(expression: string): string {
  return `
let real;
const late = {
  get(_, name, reader) {
    real ??= ${expression};
    const value = real[name];
    Object.defineProperty(reader, name, { value, configurable: true, enumerable: true, writable: true });
    return value;
  },
};
module.exports = Object.create(new Proxy({}, late));`;
}
