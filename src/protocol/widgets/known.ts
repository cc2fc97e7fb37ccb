// The components that this version knows, and the children that each of them may have.
import type { z } from 'zod';
import { chartProps } from './chart';
import * as containers from './containers';
import * as leaves from './leaves';

/** A place in a widget where a component can be. */
export interface Place {
  /** Returns true for the type of a known component that can be in this place. */
  takes: (type: string) => boolean;
  /** The words of an error for any other component, such as "a Card". */
  expected: string;
}

/** The rules for a component that this version knows. */
export interface KnownComponent {
  /** Its own props, without `children`. */
  props: z.ZodType;
  /** The names of all its props, with `type`, and with `children` if it can have children. */
  names: ReadonlySet<string>;
  /** Null for a component that cannot have children. */
  children: { required: boolean; single: boolean; place: Place } | null;
}

const rootTypes: ReadonlySet<string> = new Set(['Card', 'ListView', 'Basic']);
const only = (wanted: string): Place => ({ takes: (type) => type === wanted, expected: `a ${wanted}` });

/** The root of a widget. */
export const rootPlace: Place = { takes: (type) => rootTypes.has(type), expected: 'a Card, a ListView or a Basic' };
/** The inside of most containers. */
export const innerPlace: Place = {
  takes: (type) => !rootTypes.has(type) && type !== 'ListViewItem',
  expected: 'a component that can stand inside others',
};
/** The inside of a Basic. */
const basicPlace: Place = { takes: (type) => type !== 'ListViewItem', expected: 'a component or a root' };
/** Any place: the inside of an unknown component, and the component of an update. */
export const anyPlace: Place = { takes: () => true, expected: 'a component' };

type Children = NonNullable<KnownComponent['children']>;
const holding = (place: Place, more: Partial<Children> = {}): Children => ({
  required: false,
  single: false,
  ...more,
  place,
});
const mayHold = holding(innerPlace);
const mustHold = holding(innerPlace, { required: true });

const table: [z.ZodObject, Children | null][] = [
  [containers.cardProps, mustHold],
  [containers.listViewProps, holding(only('ListViewItem'), { required: true })],
  [containers.basicProps, holding(basicPlace, { required: true })],
  [containers.listViewItemProps, mustHold],
  [containers.boxProps, mayHold],
  [containers.rowProps, mayHold],
  [containers.colProps, mayHold],
  [containers.formProps, mayHold],
  [containers.transitionProps, holding(innerPlace, { required: true, single: true })],
  [containers.tableProps, holding(only('Table.Row'))],
  [containers.tableRowProps, holding(only('Table.Cell'))],
  [containers.tableCellProps, mayHold],
  ...Object.values(leaves).map((props): [z.ZodObject, null] => [props, null]),
  [chartProps, null],
];

/** The known components by their type. */
export const knownComponents: ReadonlyMap<string, KnownComponent> = new Map(
  table.map(([props, children]) => {
    const { type } = props.shape as unknown as { type: z.ZodLiteral<string> };
    const names = new Set([...Object.keys(props.shape), ...(children ? ['children'] : [])]);
    return [type.value, { props, names, children }];
  }),
);
