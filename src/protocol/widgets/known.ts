// The components that this version knows, and what each of them may hold.
import type { z } from 'zod';
import { chartProps } from './chart';
import * as containers from './containers';
import * as leaves from './leaves';

/** Where a component can stand: which of the known ones, and what to say of others. */
export interface Place {
  takes: (type: string) => boolean;
  expected: string;
}

/** What is known of a component. */
export interface KnownComponent {
  /** Its own props, without `children`. */
  props: z.ZodType;
  /** The names of all its props, with `type` and, where it holds something, `children`. */
  names: ReadonlySet<string>;
  /** Null for a component that holds nothing. */
  children: { required: boolean; single: boolean; place: Place } | null;
}

const rootTypes: ReadonlySet<string> = new Set(['Card', 'ListView', 'Basic']);
const only = (wanted: string): Place => ({ takes: (type) => type === wanted, expected: `a ${wanted}` });

/** Where a widget begins. */
export const rootPlace: Place = { takes: (type) => rootTypes.has(type), expected: 'a Card, a ListView or a Basic' };
/** Inside of most containers. */
export const innerPlace: Place = {
  takes: (type) => !rootTypes.has(type) && type !== 'ListViewItem',
  expected: 'a component that can stand inside others',
};
/** Inside of a Basic. */
const basicPlace: Place = { takes: (type) => type !== 'ListViewItem', expected: 'a component or a root' };
/** Anywhere: what an unknown component holds, and what an update brings. */
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
