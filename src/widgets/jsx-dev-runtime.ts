// What compilers make of markup in development: `"jsx": "react-jsxdev"`. They tell where it stands, which nobody needs.
import { jsx } from './jsx-runtime';

export { Fragment, type JSX } from './jsx-runtime';
/** A component of markup: see {@link jsx}. */
export const jsxDEV: typeof jsx = (tag, props, key) => jsx(tag, props, key);
