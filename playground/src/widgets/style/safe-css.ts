// Lets through the CSS values that a widget may bring. React sets each as one property, so none can add another; what is
// left to keep out are values that load something.

const functions = new Set(
  [
    ['rgb', 'rgba', 'hsl', 'hsla', 'hwb', 'lab', 'lch', 'oklab', 'oklch', 'color', 'color-mix', 'light-dark'],
    ['linear-gradient', 'radial-gradient', 'conic-gradient'],
    ['repeating-linear-gradient', 'repeating-radial-gradient', 'repeating-conic-gradient'],
    ['calc', 'min', 'max', 'clamp', 'fit-content', 'minmax'],
  ].flat(),
);

/** A CSS value as it is, or `undefined` when it holds anything but plain words, numbers and functions that compute. */
export function safeCss(value: string): string | undefined {
  if (value.length > 500 || !/^[\w\s#%.,()/+*-]*$/.test(value)) return undefined;
  const called = [...value.toLowerCase().matchAll(/([\w-]*)\(/g)].map(([, name = '']) => name);
  // A parenthesis without a name is arithmetic inside calc().
  return called.every((name) => name === '' || name === '-' || functions.has(name)) ? value : undefined;
}
