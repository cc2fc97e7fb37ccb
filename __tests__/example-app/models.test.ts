// The example with a model: which provider the environment brings, what reaches it, and what stays private.
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { type Provider, providerOf } from '../../example-app/models/provider';
import { chatFrames, functionCallFrames, messageFrames, responseFrames } from '../support/model-frames';
import { type ModelServer, startModelServer } from '../support/model-server';
import { messageFrames as anthropicFrames, toolUse } from '../integrations/anthropic/frames';
import { type Demo, lastText, message, startDemo, threadIdOf } from './demo';

describe('the environment', () => {
  const key = 'secret';
  test.each<[Record<string, string>, object | null]>([
    [{}, null],
    [{ MODEL_NAME: 'm', OPENAI_API_KEY: '' }, null],
    [{ OPENAI_API_KEY: key }, { name: 'OpenAI', api: 'responses', apiKey: key }],
    [{ OPENAI_API_KEY: key, GEMINI_API_KEY: 'x' }, { name: 'OpenAI' }],
    [
      { ANTHROPIC_API_KEY: key, GEMINI_API_KEY: 'x' },
      { name: 'Anthropic', api: 'anthropic', apiKey: key },
    ],
    [{ OPENAI_API_KEY: key, ANTHROPIC_API_KEY: 'x' }, { name: 'OpenAI' }],
    [{ GEMINI_API_KEY: key }, { name: 'Gemini', api: 'chat', baseURL: expect.stringMatching(/^https:.*\/openai\/$/) }],
    [{ OPENROUTER_API_KEY: key }, { name: 'OpenRouter', api: 'chat', baseURL: 'https://openrouter.ai/api/v1' }],
    [{ OLLAMA_BASE_URL: 'http://localhost:11434' }, { name: 'Ollama', baseURL: 'http://localhost:11434/v1' }],
    [{ OLLAMA_BASE_URL: 'http://localhost:11434/v1/' }, { baseURL: 'http://localhost:11434/v1' }],
    [{ OPENAI_API_KEY: key, MODEL_NAME: ' one, two ' }, { models: ['one', 'two'] }],
    [{ OPENAI_API_KEY: key, SYSTEM_PROMPT: 'Be brief.' }, { systemPrompt: 'Be brief.' }],
  ])('%j', (env, wanted) => {
    const provider = providerOf(env);
    if (wanted === null) expect(provider).toBeNull();
    else expect(provider).toMatchObject(wanted);
  });
});

test('a model of the AI SDK comes before the keys of the environment', () => {
  const model = createOpenAICompatible({ name: 'here', baseURL: 'http://127.0.0.1', apiKey: 'key' })('small');
  const provider = providerOf({ OPENAI_API_KEY: 'k' }, model);
  expect(provider).toMatchObject({ api: 'ai-sdk', models: ['small'] });
});

describe.each(['responses', 'chat', 'ai-sdk', 'anthropic'] as const)('through %s', (api) => {
  let model: ModelServer;
  let demo: Demo;
  // A model of the AI SDK is one model.
  const models: Provider['models'] = api === 'ai-sdk' ? ['small'] : ['small', 'large'];
  beforeEach(async () => {
    model = await startModelServer();
    const base = { name: 'Here', models, systemPrompt: 'Be brief.' };
    const compatible = () => createOpenAICompatible({ name: 'here', baseURL: model.url, apiKey: 'sk-secret' });
    const provider: Provider =
      api === 'ai-sdk'
        ? { ...base, api, model: compatible()('small') }
        : api === 'anthropic'
          ? { ...base, api, apiKey: 'sk-secret', baseURL: model.url.replace(/\/v1$/, '') }
          : { ...base, api, apiKey: 'sk-secret', baseURL: model.url };
    demo = await startDemo(0, provider);
  });
  afterEach(async () => {
    await demo.close();
    await model.close();
  });

  const says = (text: string) => {
    if (api === 'anthropic') return anthropicFrames([text]);
    return api !== 'responses' ? chatFrames(text) : responseFrames(messageFrames(text));
  };
  const calls = (name: string) => {
    if (api === 'anthropic') return anthropicFrames([toolUse(name)]);
    return api !== 'responses'
      ? chatFrames('', { tool_calls: [{ id: 'call_1', name, arguments: '{}' }] })
      : responseFrames(functionCallFrames(name, '{}'));
  };
  const title =
    api === 'anthropic'
      ? { body: { type: 'message', role: 'assistant', content: [{ type: 'text', text: 'A title' }] } }
      : { body: { choices: [{ index: 0, message: { role: 'assistant', content: 'A title' } }] } };
  const answerRequests = () => model.requests.filter(({ body }) => body.stream);
  const asked = async (text: string, more?: object) => {
    const thread = await demo.ask('help'); // gives the thread a title, so that nobody asks for one
    return demo.stream('threads.add_user_message', {
      thread_id: threadIdOf(thread),
      input: { ...message(text), ...more },
    });
  };

  test('the model answers, with the system prompt, and its key stays here', async () => {
    model.reply(says('Hello from the model'));
    expect(lastText(await asked('How are you?'))).toBe('Hello from the model');
    const [request] = answerRequests();
    expect(request!.body.model).toBe('small');
    expect(JSON.stringify(request!.body)).toContain('Be brief.');
    const health = await (await fetch(`${demo.origin}/health`)).json();
    const tools = api === 'responses';
    expect(health).toEqual({ status: 'ok', provider: 'Here', model: 'small', models, tools });
    // A tool that the provider's format has no counterpart of is not offered either.
    expect((await (await fetch(`${demo.origin}/config.json`)).text()).includes('Look it up')).toBe(tools);
  });

  test('the model that was picked is asked, if it is offered', async () => {
    model.reply(says('One'), says('Two'));
    await asked('Hi', { inference_options: { model: 'large' } });
    await asked('Hi', { inference_options: { model: 'of-somebody-else' } });
    expect(answerRequests().map(({ body }) => body.model)).toEqual([models.at(-1), 'small']);
  });

  test('a function of the server runs, and the model goes on with what it gave', async () => {
    model.reply(calls('get_time'), says('It is late'));
    expect(lastText(await asked('What time is it?'))).toBe('It is late');
    const { body } = answerRequests()[1]!;
    const { content, output } = (api !== 'responses' ? body.messages : body.input).at(-1);
    expect(JSON.parse(api === 'anthropic' ? content[0].content : (content ?? output)).time).toMatch(/^\d{4}-/);
  });

  test('a function of the page ends the turn, and the next goes on with its output', async () => {
    model.reply(calls('get_page_title'), says('It is called X'));
    const events = await asked('What page is this?');
    const [last] = events.slice(-1);
    if (last?.type !== 'thread.item.done') throw new Error('the turn did not end with the call');
    expect(last.item).toMatchObject({ type: 'client_tool_call', name: 'get_page_title', status: 'pending' });
    const thread_id = last.item.thread_id;
    const after = await demo.stream('threads.add_client_tool_output', { thread_id, result: { title: 'X' } });
    expect(lastText(after)).toBe('It is called X');
    expect(JSON.stringify(answerRequests()[1]!.body)).toContain('{\\"title\\":\\"X\\"}');
  });

  test('a keyword still shows what it shows', async () => {
    await asked('Stream');
    expect(answerRequests()).toEqual([]);
  });

  test('a thread gets its title from the model', async () => {
    // The title is asked for beside the answer: either may come first.
    model.reply({ for: ({ body }) => !body.stream, ...title }, { for: ({ body }) => body.stream, steps: says('Hi') });
    const events = await demo.ask('Hello');
    expect(lastText(events)).toBe('Hi');
    expect((await demo.open(threadIdOf(events))).title).toBe('A title');
    const titles = model.requests.filter(({ body }) => !body.stream);
    const asked = [...(api === 'anthropic' ? [] : [{}]), { content: 'Hello' }]; // the API has the instructions elsewhere
    expect(titles).toMatchObject([{ body: { model: 'small', messages: asked } }]);
  });
});

test('a tool that was picked is the one that the model has to use first', async () => {
  const model = await startModelServer();
  const provider = { ...providerOf({ OPENAI_API_KEY: 'k' })!, baseURL: model.url };
  const demo = await startDemo(0, provider);
  model.reply(responseFrames(functionCallFrames('get_time', '{}')), responseFrames(messageFrames('Found')));
  const input = { ...message('Cats'), inference_options: { tool_choice: { id: 'sources' } } };
  await demo.stream('threads.add_user_message', { thread_id: threadIdOf(await demo.ask('help')), input });
  expect(model.requests.map(({ body }) => body.tool_choice)).toEqual([{ type: 'web_search_preview' }, 'auto']);
  await demo.close();
  await model.close();
});

test('without a model health says that there is none', async () => {
  const demo = await startDemo();
  const health = await (await fetch(`${demo.origin}/health`)).json();
  expect(health).toEqual({ status: 'ok', provider: null, model: null, models: [], tools: true });
  await demo.close();
});
