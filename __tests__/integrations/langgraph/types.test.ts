// The types of `@langchain/langgraph` and `@langchain/core` fit the structural types, as the compiler sees it.
import type { BaseMessageLike } from '@langchain/core/messages';
import { AIMessage, AIMessageChunk, HumanMessage, SystemMessage, ToolMessage } from '@langchain/core/messages';
import { type CommandParams, MessagesAnnotation, START, StateGraph, type StreamMode } from '@langchain/langgraph';
import * as langgraph from 'chatkit-express/langgraph';
import type { GraphResume, GraphStream, GraphStreamMode, LangChainMessage } from 'chatkit-express/langgraph';
import { readChunk, streamModes } from '../../../src/integrations/langgraph/chunks';
import { readMessage } from '../../../src/integrations/langgraph/messages';

type Fits<Given extends Wanted, Wanted> = Given;
/** Fails where a type is missing. */
type None<Missing extends never> = Missing;

const makeGraph = () =>
  new StateGraph(MessagesAnnotation)
    .addNode('a', () => ({}))
    .addEdge(START, 'a')
    .compile();
type Graph = ReturnType<typeof makeGraph>;

// Each line is an error where the types do not fit.
export type Checks = [
  None<Exclude<StreamMode, GraphStreamMode>>,
  None<Exclude<GraphStreamMode, StreamMode>>,
  Fits<ReturnType<Graph['stream']>, GraphStream>,
  Fits<Awaited<ReturnType<Graph['stream']>>, GraphStream>,
  Fits<LangChainMessage, BaseMessageLike>,
  Fits<GraphResume, Pick<CommandParams, 'resume'>>,
];

test('every mode is read in each of its shapes', () => {
  for (const mode of Object.keys(streamModes)) {
    const data = { some: 'data' };
    expect(readChunk([mode, data], undefined)).toEqual({ mode, namespace: [], data });
    expect(readChunk([['a:1'], mode, data], undefined)).toEqual({ mode, namespace: ['a:1'], data });
    expect(readChunk(data, mode)).toEqual({ mode, namespace: [], data });
    expect(readChunk([['a:1'], data], mode)).toEqual({ mode, namespace: ['a:1'], data });
    expect(readChunk(['text', data], mode)).toMatchObject({ mode });
  }
  expect(readChunk(['hologram', 1], undefined)).toEqual({ mode: 'hologram', namespace: [], data: 1 });
  expect(readChunk({ a: 1 }, undefined)).toMatchObject({ mode: undefined });
  expect(readChunk(7, undefined)).toMatchObject({ mode: undefined, data: 7 });
  expect(readChunk({ __interrupt__: [] }, undefined)).toMatchObject({ mode: 'updates' });
  expect(readChunk([['a:1'], { __interrupt__: [] }], undefined)).toMatchObject({ mode: 'updates' });
  expect(readChunk([['a:1'], { __interrupt__: [] }], 'values')).toMatchObject({ mode: 'values' });
});

test('the classes of messages are read, and their JSON', () => {
  const messages = [
    new AIMessage('a'),
    new AIMessageChunk('a'),
    new ToolMessage({ content: 'a', tool_call_id: 'c' }),
    new HumanMessage('a'),
    new SystemMessage('a'),
  ];
  const kinds = ['ai', 'ai', 'tool', 'other', 'other'];
  expect(messages.map((message) => readMessage(message)?.kind)).toEqual(kinds);
  expect(messages.map((message) => readMessage(JSON.parse(JSON.stringify(message)))?.kind)).toEqual(kinds);
  for (const other of [null, 7, 'text', {}, { content: 'a' }, { content: 'a', type: 'hologram' }, []]) {
    expect(readMessage(other)).toBeUndefined();
  }
});

test('a graph gives its stream', async () => {
  const stream: GraphStream = await makeGraph().stream({ messages: [] });
  expect(typeof stream[Symbol.asyncIterator]).toBe('function');
});

test('the entry loads nothing of the SDK', () => {
  expect(Object.keys(langgraph).sort()).toEqual([
    'GraphStreamConverter',
    'ModelError',
    'ThreadItemConverter',
    'recentItems',
    'resumeOf',
    'streamGraph',
    'titleThread',
    'toLangChainMessages',
  ]);
});
