// Checks CSS values from widgets. React sets each value as one property, so a value cannot add another property. Only
// values that load a resource must be rejected.

const functions = new Set(
  [
    ['rgb', 'rgba', 'hsl', 'hsla', 'hwb', 'lab', 'lch', 'oklab', 'oklch', 'color', 'color-mix', 'light-dark'],
    ['linear-gradient', 'radial-gradient', 'conic-gradient'],
    ['repeating-linear-gradient', 'repeating-radial-gradient', 'repeating-conic-gradient'],
    ['calc', 'min', 'max', 'clamp', 'fit-content', 'minmax'],
  ].flat(),
);

/** Returns the CSS value, or `undefined` if it contains more than words, numbers and allowed functions. */
export function safeCss(value: string): string | undefined {
  if (value.length > 500 || !/^[\w\s#%.,()/+*-]*$/.test(value)) return undefined;
  const called = [...value.toLowerCase().matchAll(/([\w-]*)\(/g)].map(([, name = '']) => name);
  // A parenthesis without a function name is arithmetic inside calc().
  return called.every((name) => name === '' || name === '-' || functions.has(name)) ? value : undefined;
}
