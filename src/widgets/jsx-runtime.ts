// What TypeScript and other compilers make of markup: `"jsx": "react-jsx", "jsxImportSource": "chatkit-express/widgets"`.
import type { Nodes } from './jsx-types';

export type * as JSX from './jsx-types';

type Tag = (props: Record<string, unknown>) => Nodes;

/**
 * A component of markup. Compilers write the calls.
 * @param tag a function of chatkit-express/widgets, or one of your own that takes props and gives components.
 * @throws TypeError for a tag in small letters: there are none.
 */
export function jsx(tag: Tag, props: Record<string, unknown>, key?: string | number): Nodes {
  if (typeof tag !== 'function') {
    throw new TypeError(`there is no component <${String(tag)}>: import its function from chatkit-express/widgets`);
  }
  return tag(key === undefined ? props : { ...props, key: String(key) });
}

/** The same, for several children. */
export const jsxs = jsx;

/** The same, as compilers write it for a `key` that comes after spread props: `<Text {...props} key="k" />`. */
export function createElement(tag: Tag, props: Record<string, unknown> | null, ...children: Nodes[]): Nodes {
  return jsx(tag, children.length > 0 ? { ...props, children } : { ...props });
}

/** `<>…</>`: components side by side, for a place among children. */
export const Fragment = ({ children }: { children?: Nodes }): Nodes => children;
