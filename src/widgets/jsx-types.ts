// What TypeScript asks about markup in a .tsx file: which tags there are, and what they take and give.
import type { WidgetComponent } from '../protocol';
import type { WidgetNodes } from './builders';

/**
 * What any tag gives: a component. TypeScript has one type for all tags, so which component stands in which is checked
 * when the widget is sent.
 */
export type Element = WidgetComponent;

/** What may stand between two tags. Text is not among it: it goes into the `value` of a Text. */
export type Nodes = WidgetNodes<Element>;

/** What may be a tag: the functions of chatkit-express/widgets, and your own. */
export type ElementType = (props: never) => Nodes;

/** Where TypeScript puts what stands between two tags. */
export interface ElementChildrenAttribute {
  children: unknown;
}

/** What every tag takes. */
export interface IntrinsicAttributes {
  key?: string;
}

/** There are no tags in small letters. */
export type IntrinsicElements = Record<string, never>;

/** The props of a tag. Children of ours are any tags, since those have one type; your own functions keep their types. */
export type LibraryManagedAttributes<Tag, Props> = Tag extends { readonly componentType: string }
  ? { [Name in keyof Props]: Name extends 'children' ? Nodes : Props[Name] }
  : Props;
