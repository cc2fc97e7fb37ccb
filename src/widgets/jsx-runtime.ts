// The JSX runtime for `"jsx": "react-jsx", "jsxImportSource": "chatkit-express/widgets"`.
import type { WidgetComponent } from '../protocol';
import type { WidgetNodes } from './builders';

/** The children of a tag. Text is not allowed: use the `value` of a Text. */
type Nodes = WidgetNodes<WidgetComponent>;
type Tag = (props: Record<string, unknown>) => Nodes;

/** The types of tags, their props and results. TypeScript requires a namespace. */
export declare namespace JSX {
  /**
   * The result of a tag: a component. TypeScript has one type for all tags, so the nesting of components is
   * checked when the widget is sent.
   */
  type Element = WidgetComponent;
  /** Tags: the functions of chatkit-express/widgets, and your own. */
  type ElementType = (props: never) => Nodes;
  /** The prop that receives the children. */
  interface ElementChildrenAttribute {
    children: unknown;
  }
  /** Props of every tag. */
  interface IntrinsicAttributes {
    key?: string;
  }
  /** Tags in lower case do not exist. */
  type IntrinsicElements = Record<string, never>;
  /** The children of our components are any tags, because all tags have one type. Your own functions keep their types. */
  type LibraryManagedAttributes<Made, Props> = Made extends { readonly componentType: string }
    ? { [Name in keyof Props]: Name extends 'children' ? Nodes : Props[Name] }
    : Props;
}

/**
 * Makes a component. Compilers write the calls.
 * @param tag A function of chatkit-express/widgets, or your own function from props to components.
 * @throws TypeError for a tag in lower case, such as `<div>`.
 */
export function jsx(tag: Tag, props: Record<string, unknown>, key?: string | number): Nodes {
  if (typeof tag !== 'function') {
    throw new TypeError(`there is no component <${String(tag)}>: import its function from chatkit-express/widgets`);
  }
  return tag(key === undefined ? props : { ...props, key: String(key) });
}

/** Does the same as {@link jsx} for several children. */
export const jsxs = jsx;

/** Does the same as {@link jsx} for a `key` after spread props: `<Text {...props} key="k" />`. */
export function createElement(tag: Tag, props: Record<string, unknown> | null, ...children: Nodes[]): Nodes {
  return jsx(tag, children.length > 0 ? { ...props, children } : { ...props });
}

/** `<>…</>`: several components in one place among children. */
export const Fragment = ({ children }: { children?: Nodes }): Nodes => children;
