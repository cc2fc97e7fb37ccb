// Checks the events that a hook yields, so that an error of the compiler is short and names the interface of the event.
import type { HookEventInput } from './protocol';

/** The interface that an event is meant to be, by its `type`. */
type Meant<Event> = Event extends { type: infer Type }
  ? [Extract<HookEventInput, { type: Type }>] extends [never]
    ? HookEventInput
    : Extract<HookEventInput, { type: Type }>
  : HookEventInput;

/** The keys of an event that its interface does not have. */
type UnknownKeys<Event> = Event extends HookEventInput
  ? Exclude<{ [Key in keyof Event]-?: Event[Key] extends undefined ? never : Key }[keyof Event], keyof Meant<Event>>
  : never;

/**
 * The place of a hook that yields a wrong event. No hook is one: the name says what is wrong. `Interface` is the
 * interface of the event, and `Key` are the keys of the event that the interface does not have.
 */
export interface NotAnEvent<Interface, Key = never> {
  readonly interface: Interface;
  readonly key: Key;
}

type Fault<Event> = Event extends HookEventInput
  ? [UnknownKeys<Event>] extends [never]
    ? never
    : NotAnEvent<Meant<Event>, UnknownKeys<Event>>
  : NotAnEvent<Meant<Event>, Event extends object ? Exclude<keyof Event, keyof Meant<Event>> : never>;

/** Refuses the hooks `respond` and `action` unless each of their events is one of {@link HookEventInput}. */
export type EventCheck<Event> = [Fault<Event>] extends [never] ? unknown : { respond: Fault<Event> };

/** The place of a store that needs another context than the option `context` makes. */
export interface StoreOfAnotherContext<Needed> {
  readonly context: Needed;
}
/** Refuses a store, and an attachment store, that the context is not enough for. */
export type StoreCheck<TContext, OfStore, OfFiles> = (object extends TContext
  ? unknown
  : TContext extends OfStore
    ? unknown
    : { store: StoreOfAnotherContext<OfStore> }) &
  (object extends TContext
    ? unknown
    : TContext extends OfFiles
      ? unknown
      : { attachmentStore: StoreOfAnotherContext<OfFiles> });
