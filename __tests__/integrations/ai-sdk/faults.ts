// The faults of a provider, in the format of Chat Completions, and what becomes of each.
import { chatFrames } from '../../support/model-frames';
import { cut, type Step } from '../../support/model-server';
import type { StreamTextResultOptions } from 'chatkit-express/ai-sdk';
import { answerOf, type MakeModel, play, type Played, type Sdk } from './play';

export const chunk = (delta: object, finish_reason: string | null = null) => ({
  id: 'chatcmpl-1',
  object: 'chat.completion.chunk',
  created: 1_767_322_000,
  model: 'test-model',
  choices: [{ index: 0, delta, finish_reason, logprobs: null }],
});
const done = 'data: [DONE]\n\n';
const call = (name: string, args = '{}', id = `call_${name}`) => ({ id, name, arguments: args });

interface Fault {
  replies: (readonly Step[] | { status: number; body: unknown })[];
  options?: StreamTextResultOptions;
  /** The answer, the types of the items after the message of the user, the last event, and the lines of the log. */
  right: Outcome;
  /** Where the provider of `ai` 5 differs. */
  right5?: Outcome;
}

export interface Outcome {
  answer: string;
  items: string[];
  last: string;
  log: string[];
}

const failed = 'respond failed';
const message = 'assistant_message';

export const faults: Record<string, Fault> = {
  'a plain answer': {
    replies: [chatFrames('Hello there')],
    right: { answer: 'Hello there', items: [message], last: 'thread.item.done', log: [] },
  },
  'thoughts, then an answer': {
    replies: [[chunk({ reasoning_content: 'I think' }), ...chatFrames('Hello')]],
    right: { answer: 'Hello', items: ['workflow', message], last: 'thread.item.done', log: [] },
  },
  'thoughts that are not to be shown': {
    replies: [[chunk({ reasoning_content: 'I think' }), ...chatFrames('Hello')]],
    options: { reasoning: false },
    right: { answer: 'Hello', items: [message], last: 'thread.item.done', log: [] },
  },
  'a tool of the server, then an answer': {
    replies: [chatFrames('', { tool_calls: [call('weather')] }), chatFrames('It is warm')],
    right: { answer: 'It is warm', items: ['workflow', message], last: 'thread.item.done', log: [] },
  },
  'a tool of the server that is not shown': {
    replies: [chatFrames('Let me look', { tool_calls: [call('weather')] }), chatFrames('It is warm')],
    options: { tools: false },
    right: { answer: 'Let me look | It is warm', items: [message, message], last: 'thread.item.done', log: [] },
  },
  'a tool of the server that fails': {
    replies: [chatFrames('', { tool_calls: [call('broken')] }), chatFrames('No luck')],
    right: {
      answer: 'No luck',
      items: ['workflow', message],
      last: 'thread.item.done',
      log: ['a tool of the AI SDK failed'],
    },
  },
  'a tool of the page': {
    replies: [chatFrames('Look', { tool_calls: [call('page', '{"city":"Bern"}')] })],
    right: { answer: 'Look', items: [message, 'client_tool_call'], last: 'thread.item.done', log: [] },
  },
  'a tool of the server and one of the page at once': {
    replies: [chatFrames('', { tool_calls: [call('weather'), call('page')] })],
    right: { answer: '', items: ['workflow', 'client_tool_call'], last: 'thread.item.done', log: [] },
  },
  'a tool that there is not': {
    replies: [chatFrames('', { tool_calls: [call('nothing')] }), chatFrames('Sorry')],
    right: {
      answer: 'Sorry',
      items: ['workflow', message],
      last: 'thread.item.done',
      log: ['a tool of the AI SDK failed'],
    },
  },
  'a request that is refused': {
    replies: [{ status: 429, body: { error: { message: 'slow down' } } }],
    right: { answer: '', items: [], last: 'error', log: [failed] },
  },
  'an error in mid-stream': {
    replies: [[...chatFrames('Half an', { finish_reason: null }).slice(0, -1), { error: { message: 'boom' } }]],
    right: { answer: 'Half an', items: [message], last: 'error', log: [failed] },
  },
  'a connection that breaks in mid-stream': {
    replies: [[...chatFrames('Half an', { finish_reason: null }).slice(0, -1), cut]],
    right: { answer: 'Half an', items: [message], last: 'error', log: [failed] },
  },
  'a stream that just ends': {
    replies: [[...chatFrames('Half an', { finish_reason: null })]],
    right: { answer: 'Half an', items: [message], last: 'error', log: [failed] },
    right5: { answer: 'Half an', items: [message], last: 'notice', log: ['an answer of a model is not complete'] },
  },
  'an answer that reaches its limit': {
    replies: [chatFrames('Half an', { finish_reason: 'length' })],
    right: { answer: 'Half an', items: [message], last: 'notice', log: [] },
  },
  'half an answer that a filter stops': {
    replies: [chatFrames('Half an', { finish_reason: 'content_filter' })],
    right: { answer: 'Half an', items: [message], last: 'notice', log: [] },
  },
  'an answer that a filter stops before its first word': {
    replies: [chatFrames('', { finish_reason: 'content_filter' })],
    right: { answer: '', items: [], last: 'error', log: ['an answer of a model has nothing to show'] },
  },
  'an answer without a word': {
    replies: [[chunk({ role: 'assistant', content: '' }), chunk({}, 'stop'), done]],
    right: { answer: '', items: [], last: 'error', log: ['an answer of a model has nothing to show'] },
  },
  'a thought of white space alone': {
    replies: [[chunk({ role: 'assistant', reasoning_content: '\n' }), chunk({}, 'stop'), done]],
    right: { answer: '', items: [], last: 'error', log: ['an answer of a model has nothing to show'] },
  },
  'a refusal of the model': {
    replies: [[chunk({ role: 'assistant', refusal: 'I will not' }), chunk({}, 'stop'), done]],
    right: { answer: 'I will not', items: [message], last: 'notice', log: [] },
    right5: { answer: '', items: [], last: 'error', log: ['an answer of a model has nothing to show'] },
  },
  'a call for the page that is cut off': {
    // The SDK tells the model of it, and asks again.
    replies: [
      chatFrames('', { tool_calls: [call('page', '{"city":"Be')], finish_reason: 'length' }),
      chatFrames('Sorry'),
    ],
    right: {
      answer: 'Sorry',
      items: ['workflow', message],
      last: 'thread.item.done',
      log: ['a tool of the AI SDK failed'],
    },
  },
};

/** Plays a fault. */
export async function outcomeOf(
  sdk: Sdk,
  makeModel: MakeModel,
  { replies, options }: Fault,
): Promise<{
  outcome: Outcome;
  played: Played;
}> {
  const played = await play(sdk, makeModel, replies, options);
  const outcome = {
    answer: answerOf(played.visible),
    items: played.visible.slice(1).map(({ type }) => type),
    last: played.events.at(-1)?.type ?? '',
    log: played.log,
  };
  return { outcome, played };
}
