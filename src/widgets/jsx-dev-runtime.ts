// The JSX runtime for `"jsx": "react-jsxdev"`. Compilers pass the position in the source, which is ignored.
import { jsx } from './jsx-runtime';

export { Fragment, type JSX } from './jsx-runtime';
/** Makes a component: see {@link jsx}. */
export const jsxDEV: typeof jsx = (tag, props, key) => jsx(tag, props, key);
