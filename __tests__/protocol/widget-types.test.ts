// The types of widgets against those of the browser's package, @openai/chatkit. The compiler proves that they are equal
// (`tsc --noEmit`), component by component and prop by prop, in both directions.
import type * as Browser from '@openai/chatkit';
import { Widgets } from '../../src/protocol';

type TheirRoot = Browser.Widgets.WidgetRoot;
type Theirs = Browser.Widgets.WidgetComponent | TheirRoot | Browser.Widgets.ListViewItem;
type OursWithChart = Widgets.WidgetComponent | Widgets.WidgetRoot | Widgets.ListViewItem;
/** The browser's types leave the chart out; its client draws it. */
type Ours = Exclude<OursWithChart, Widgets.Chart>;

/** What the Python reference has besides, and the browser's types leave out: all of it optional. */
interface Besides {
  Image: 'background' | 'flex';
  Select: 'searchable';
}
type BesidesOf<Type> = Type extends keyof Besides ? Besides[Type] : never;

type OurComponent<Type> = Omit<Extract<Ours, { type: Type }>, BesidesOf<Type>>;
type TheirComponent<Type> = Extract<Theirs, { type: Type }>;

/** Whether two types are the same, not just assignable: optional and readonly props count. */
type Same<A, B> =
  // eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- open conditions are compared as they are
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** Written out: intersections become plain objects, down to the values. What a component holds is left to a proof of its own. */
type Plain<T> = T extends { type: string; payload?: unknown }
  ? Pick<T, 'type' | 'payload'> // an action: ours has three optional fields more, which the reference has
  : T extends readonly (infer Entry)[]
    ? Plain<Entry>[]
    : T extends object
      ? { [Name in keyof T]: Plain<T[Name]> }
      : T;
type OwnProps<T> = { [Name in keyof T as Name extends 'children' ? never : Name]: PlainProp<Name, T[Name]> };
/** An option of a Select: what it may have besides is left out. */
type PlainProp<Name, Value> = Name extends 'options' ? { [Key in keyof Value]: Plain<Value[Key]> } : Plain<Value>;

/** What a component holds: one or a list, needed or not, and the types of it. */
type Held<T> = T extends { children: infer Children }
  ? ['needed', Shape<Children>]
  : T extends { children?: infer Children }
    ? ['children' extends keyof T ? 'optional' : 'none', Shape<NonNullable<Children>>]
    : ['none'];
type Shape<Children> = [Children] extends [readonly (infer Child)[]]
  ? ['list', Exclude<TypeOf<Child>, 'Chart'>]
  : ['one', Exclude<TypeOf<Children>, 'Chart'>];
type TypeOf<Child> = Child extends { type: infer Type } ? Type : never;

type Proof<Type extends Theirs['type']> = Type extends 'Select'
  ? // Its options have two optional fields more, so each is assignable to the other and not the same.
    [
      Same<OwnProps<Omit<OurComponent<Type>, 'options'>>, OwnProps<Omit<TheirComponent<Type>, 'options'>>>,
      Mutual<Widgets.Select['options'], Browser.Widgets.Select['options']>,
    ]
  : [
      Same<OwnProps<OurComponent<Type>>, OwnProps<TheirComponent<Type>>>,
      Same<Held<OurComponent<Type>>, Held<TheirComponent<Type>>>,
    ];
type Mutual<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;

/** Compiles only when every claim holds for every component. */
type Proven = { [Type in Theirs['type']]: Proof<Type> };
type AllHold = { [Type in Theirs['type']]: [true, true] };

const proven = <Claim extends true>(claim: Claim): Claim => claim;

describe('the method', () => {
  it('sees what is missing, optional, of another kind, or held by another', () => {
    interface A {
      type: 'A';
      size?: 'sm' | 'md';
    }
    proven<Same<OwnProps<A>, OwnProps<{ type: 'A' } & { size?: 'sm' | 'md' }>>>(true);
    // @ts-expect-error A prop is missing.
    proven<Same<OwnProps<A>, OwnProps<{ type: 'A' }>>>(true);
    // @ts-expect-error A prop is needed.
    proven<Same<OwnProps<A>, OwnProps<{ type: 'A'; size: 'sm' | 'md' }>>>(true);
    // @ts-expect-error A value is missing.
    proven<Same<OwnProps<A>, OwnProps<{ type: 'A'; size?: 'sm' }>>>(true);
    // @ts-expect-error A value deep inside is missing.
    proven<Same<OwnProps<{ a?: { b: 1 | 2 }[] }>, OwnProps<{ a?: { b: 1 }[] }>>>(true);
    // @ts-expect-error One holds a list.
    proven<Same<Held<{ children: A[] }>, Held<{ children: A }>>>(true);
    // @ts-expect-error One may hold none.
    proven<Same<Held<{ children: A[] }>, Held<{ children?: A[] }>>>(true);
    // @ts-expect-error One holds another component.
    expect(proven<Same<Held<{ children: A[] }>, Held<{ children: { type: 'B' }[] }>>>(true)).toBe(true);
  });
});

describe('the components', () => {
  it('are the same as the browser’s, each with the same props and the same children', () => {
    proven<Same<Ours['type'], Theirs['type']>>(true);
    const all: Same<Proven, AllHold> = true;
    expect(all).toBe(true);
  });

  it('fit where the browser’s fit, and the browser’s where ours do', () => {
    proven<Mutual<Widgets.ActionConfig, NonNullable<Browser.Widgets.Button['onClickAction']>>>(true);
    proven<Mutual<Widgets.Image, Browser.Widgets.Image>>(true);
    proven<Mutual<Widgets.Select, Browser.Widgets.Select>>(true);
    proven<Same<Widgets.WidgetIcon, Browser.Widgets.WidgetIcon>>(true);
    const theirs: TheirRoot = { type: 'Card', children: [{ type: 'Table', children: [{ type: 'Table.Row' }] }] };
    const ours: Widgets.WidgetRoot = theirs;
    expect(Widgets.WidgetRootSchema.parse(ours)).toEqual(theirs);
  });

  it('stand where the browser’s stand: which are roots, and which stand inside others', () => {
    proven<Same<Widgets.WidgetRoot['type'], TheirRoot['type']>>(true);
    proven<Same<Exclude<Widgets.WidgetComponent, Widgets.Chart>['type'], Browser.Widgets.WidgetComponent['type']>>(
      true,
    );
    // @ts-expect-error A Text is no root.
    const text: Widgets.WidgetRoot = { type: 'Text', value: 'x' };
    expect(Widgets.WidgetRootSchema.safeParse(text).success).toBe(false);
  });
});
