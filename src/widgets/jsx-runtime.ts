// What TypeScript and other compilers make of markup: `"jsx": "react-jsx", "jsxImportSource": "chatkit-express/widgets"`.
import type { WidgetComponent } from '../protocol';
import type { WidgetNodes } from './builders';

/** What may stand between two tags. Text is not among it: it goes into the `value` of a Text. */
type Nodes = WidgetNodes<WidgetComponent>;
type Tag = (props: Record<string, unknown>) => Nodes;

/** What TypeScript asks about markup: which tags there are, and what they take and give. It takes a namespace only. */
export declare namespace JSX {
  /**
   * What any tag gives: a component. TypeScript has one type for all tags, so which component stands in which is
   * checked when the widget is sent.
   */
  type Element = WidgetComponent;
  /** What may be a tag: the functions of chatkit-express/widgets, and your own. */
  type ElementType = (props: never) => Nodes;
  /** Where TypeScript puts what stands between two tags. */
  interface ElementChildrenAttribute {
    children: unknown;
  }
  /** What every tag takes. */
  interface IntrinsicAttributes {
    key?: string;
  }
  /** There are no tags in small letters. */
  type IntrinsicElements = Record<string, never>;
  /** Children of our tags are any tags, since those have one type. Your own functions keep their types. */
  type LibraryManagedAttributes<Made, Props> = Made extends { readonly componentType: string }
    ? { [Name in keyof Props]: Name extends 'children' ? Nodes : Props[Name] }
    : Props;
}

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
