// The types of the SDK fit the structural types, and each type of event, block, delta and stop reason is known.
import type Anthropic from '@anthropic-ai/sdk';
import type Anthropic60 from 'anthropic60';
import * as entry from 'chatkit-express/anthropic';
import type { AnthropicFilesClient, AnthropicMessage, MessageSource } from 'chatkit-express/anthropic';
import {
  type blockTypes,
  type deltaTypes,
  type eventTypes,
  type serverTools,
  type stopReasons,
  blockKindOf,
  deltaKindOf,
  eventTypeOf,
  stopKindOf,
} from '../../../src/integrations/anthropic/stream-types';

type Fits<Given extends Wanted, Wanted> = Given;
/** Fails where a type is missing. */
type None<Missing extends never> = Missing;
type TypeOf<T> = T extends { type: infer Type } ? Type : never;
type NameOf<T> = T extends { name: infer Name } ? Name : never;
type Key<T> = keyof T;

type M = Anthropic.Messages.Message;
type Beta = Anthropic.Beta.Messages.BetaMessage;
type Event = Anthropic.Messages.RawMessageStreamEvent | Anthropic.Beta.Messages.BetaRawMessageStreamEvent;
type Event60 = Anthropic60.Messages.RawMessageStreamEvent | Anthropic60.Beta.Messages.BetaRawMessageStreamEvent;
type BlockStart<E> = E extends { type: 'content_block_start'; content_block: infer Block } ? Block : never;
type Delta<E> = E extends { type: 'content_block_delta'; delta: infer D } ? D : never;
type Block = M['content'][number] | Beta['content'][number] | BlockStart<Event>;
type Block60 = BlockStart<Event60>;
type Reason = NonNullable<M['stop_reason'] | Beta['stop_reason']>;
type Reason60 = NonNullable<
  Anthropic60.Messages.Message['stop_reason'] | Anthropic60.Beta.Messages.BetaMessage['stop_reason']
>;
type ServerTool<B> = NameOf<Extract<B, { type: 'server_tool_use' }>>;

// Each line is an error where the types do not fit.
export type Checks = [
  None<Exclude<TypeOf<Event | Event60>, Key<typeof eventTypes>>>,
  None<Exclude<Key<typeof eventTypes>, TypeOf<Event>>>,
  None<Exclude<TypeOf<Block | Block60>, Key<typeof blockTypes>>>,
  None<Exclude<Key<typeof blockTypes>, TypeOf<Block>>>,
  None<Exclude<TypeOf<Delta<Event | Event60>>, Key<typeof deltaTypes>>>,
  None<Exclude<Key<typeof deltaTypes>, TypeOf<Delta<Event>>>>,
  None<Exclude<Reason | Reason60, Key<typeof stopReasons>>>,
  None<Exclude<Key<typeof stopReasons>, Reason>>,
  None<Exclude<ServerTool<Block | Block60>, Key<typeof serverTools>>>,
  None<Exclude<Key<typeof serverTools>, ServerTool<Block>>>,
  Fits<AnthropicMessage, Anthropic.Messages.MessageParam>,
  Fits<AnthropicMessage, Anthropic.Beta.Messages.BetaMessageParam>,
  Fits<AnthropicMessage, Anthropic60.Messages.MessageParam>,
  Fits<AnthropicMessage, Anthropic60.Beta.Messages.BetaMessageParam>,
  Fits<Anthropic, AnthropicFilesClient>,
  Fits<Anthropic60, AnthropicFilesClient>,
];

declare const client: Anthropic;
declare const client60: Anthropic60;
const body = { model: 'm', max_tokens: 1 };

// What users hand over, as the compiler sees it.
export const sources = (): MessageSource[] => [
  client.messages.create({ ...body, messages: [], stream: true }),
  client.messages.stream({ ...body, messages: [] }),
  client.beta.messages.stream({ ...body, messages: [] }),
  (messages) => client.messages.create({ ...body, messages, stream: true }),
  (messages) => client.messages.stream({ ...body, messages }),
  (messages) => client.beta.messages.create({ ...body, messages, stream: true }),
  async (messages) => client.beta.messages.stream({ ...body, messages }),
  (messages) => client60.messages.create({ ...body, messages, stream: true }),
  (messages) => client60.messages.stream({ ...body, messages }),
  (messages) => client60.beta.messages.create({ ...body, messages, stream: true }),
  (messages) => client60.beta.messages.stream({ ...body, messages }),
  // @ts-expect-error a message is not a stream
  (messages) => client.messages.create({ ...body, messages }),
];

test('names of objects are not types', () => {
  for (const name of ['toString', '__proto__', 'constructor', undefined, 1]) {
    expect([eventTypeOf(name), blockKindOf(name), deltaKindOf(name), stopKindOf(String(name))]).toEqual(
      Array(4).fill(undefined),
    );
  }
  expect([eventTypeOf('ping'), blockKindOf('text'), deltaKindOf('text_delta'), stopKindOf('end_turn')]).toEqual([
    ...['ping', 'text', 'text', 'done'],
  ]);
});

test('the entry loads nothing of the SDK', () => {
  expect(Object.keys(entry).sort()).toEqual([
    'MessageStreamConverter',
    'ModelError',
    'ThreadItemConverter',
    'inferenceOptionsOf',
    'recentItems',
    'streamMessage',
    'titleThread',
    'toMessageParams',
    'uploadAttachment',
  ]);
  const loaded = Object.keys(require.cache).filter((file) => /node_modules\/(@anthropic-ai|anthropic60)\//.test(file));
  expect(loaded).toEqual([]);
});
