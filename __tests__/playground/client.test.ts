// The playground's client asks and answers as the official one was seen to.
import {
  added,
  answeredStream,
  assistantMessage,
  brokenStream,
  created,
  done,
  input,
  item,
  json,
  openStream,
  options,
  scripted,
  stream,
  text,
  thread,
  unreachable,
  userMessage,
} from './scripted';

const page = (data: unknown[], has_more = false) => json({ data, has_more });
const until = async (isTrue: () => boolean) => {
  while (!isTrue()) await new Promise((resolve) => setImmediate(resolve));
};
const ids = (items: readonly { id: string }[]) => items.map(({ id }) => id);

describe('requests', () => {
  it('carry the headers of the official client', async () => {
    const { client, sent } = scripted([page([]), answeredStream]);
    await client.loadThreads();
    await client.send(input());
    const frame = sent[0]!.headers['chatkit-frame-instance-id'];
    expect(frame).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/);
    const common = { 'content-type': 'application/json', 'chatkit-frame-instance-id': frame, 'accept-language': 'en' };
    expect(sent[0]!.headers).toEqual({ ...common, accept: '*/*' });
    expect(sent[1]!.headers).toEqual({
      ...common,
      accept: 'text/event-stream',
      'chatkit-run-control': '1',
      'idempotency-key': expect.stringMatching(/^[0-9a-f]{32}$/),
    });
    expect(sent.map(({ method, url }) => `${method} ${url}`)).toEqual(Array(2).fill('POST http://chat.test/chatkit'));
  });

  it('begin with the list of threads, and go on after the last row whatever the cursor says', async () => {
    const { client, sent } = scripted([
      json({ data: [thread({ id: 'thr_b' }), thread({ id: 'thr_a' })], has_more: true, after: 'something else' }),
      page([thread({ id: 'thr_0' })]),
    ]);
    await client.loadThreads();
    expect(client.snapshot().hasMoreThreads).toBe(true);
    await client.loadMoreThreads();
    expect(sent.map(({ type, params }) => ({ type, params }))).toEqual([
      { type: 'threads.list', params: { limit: 9999, order: 'desc' } },
      { type: 'threads.list', params: { limit: 9999, order: 'desc', after: 'thr_a' } },
    ]);
    expect(ids(client.snapshot().threads)).toEqual(['thr_b', 'thr_a', 'thr_0']);
    expect(client.snapshot().hasMoreThreads).toBe(false);
  });

  it('open a thread with its oldest items, then ask for the rest until there is none', async () => {
    const items = ['msg_1', 'msg_2', 'msg_3', 'msg_4'].map((id) => userMessage(id));
    const { client, sent } = scripted([
      json(thread({ items: { data: items.slice(0, 2), has_more: true, after: 'msg_2' } })),
      json({ data: items.slice(2, 3), has_more: true, after: 'msg_3' }),
      page(items.slice(3)),
    ]);
    await client.openThread('thr_1');
    expect(sent.map(({ type, params }) => ({ type, params }))).toEqual([
      { type: 'threads.get_by_id', params: { thread_id: 'thr_1' } },
      { type: 'items.list', params: { thread_id: 'thr_1', limit: 9999, order: 'asc', after: 'msg_2' } },
      { type: 'items.list', params: { thread_id: 'thr_1', limit: 9999, order: 'asc', after: 'msg_3' } },
    ]);
    expect(ids(client.snapshot().items)).toEqual(['msg_1', 'msg_2', 'msg_3', 'msg_4']);
    expect(client.snapshot().itemsLoading).toBe('ready');
  });

  it('drop what comes for a thread that was left meanwhile', async () => {
    let answer: (response: Response) => void = () => undefined;
    const late = () => new Promise<Response>((resolve) => (answer = resolve));
    const { client, sent } = scripted([late, json(thread({ id: 'thr_2', title: 'Second' }))]);
    const first = client.openThread('thr_1');
    await until(() => sent.length === 1);
    await client.openThread('thr_2');
    answer(new Response(JSON.stringify(thread({ title: 'First' }))));
    await first;
    expect(client.snapshot().thread?.title).toBe('Second');
  });

  it('create a thread with the first message, and add the next ones to it', async () => {
    const { client, sent } = scripted([answeredStream, stream(done(userMessage('msg_2')))]);
    await client.send(input('one'));
    await client.send(input('two'));
    expect(sent.map(({ type, params }) => ({ type, params }))).toEqual([
      { type: 'threads.create', params: { input: input('one') } },
      { type: 'threads.add_user_message', params: { thread_id: 'thr_1', input: input('two') } },
    ]);
    expect(client.snapshot().thread?.id).toBe('thr_1');
    expect(ids(client.snapshot().threads)).toEqual(['thr_1']);
  });

  it('judge every item of a turn', async () => {
    const items = [
      userMessage('u1'),
      assistantMessage('a1'),
      userMessage('u2'),
      assistantMessage('a2'),
      item('task', 't2'),
    ];
    const { client, sent } = scripted([
      json(thread({ items: { data: [...items, userMessage('u3')], has_more: false } })),
      json({}),
    ]);
    await client.openThread('thr_1');
    await client.giveFeedback('a2', 'negative');
    expect(sent[1]).toMatchObject({
      type: 'items.feedback',
      params: { thread_id: 'thr_1', item_ids: ['a2', 't2'], kind: 'negative' },
    });
    expect(client.snapshot().feedback.get('a2')).toBe('negative');
  });

  it('have the message before an answer answered again', async () => {
    const items = [userMessage('u1'), assistantMessage('a1'), userMessage('u2'), assistantMessage('a2')];
    const { client, sent } = scripted([
      json(thread({ items: { data: items, has_more: false } })),
      stream(options, done(assistantMessage('a3'))),
    ]);
    await client.openThread('thr_1');
    await client.retry('a1');
    expect(sent[1]).toMatchObject({ type: 'threads.retry_after_item', params: { thread_id: 'thr_1', item_id: 'u1' } });
    expect(ids(client.snapshot().items)).toEqual(['u1', 'a3']);
  });

  it('rename and delete threads', async () => {
    const { client, sent } = scripted([json(thread({ title: 'Old' })), json(thread({ title: 'New' })), json({})]);
    await client.openThread('thr_1');
    await client.renameThread('thr_1', 'New');
    expect(client.snapshot().thread?.title).toBe('New');
    expect(client.snapshot().threads[0]?.title).toBe('New');
    await client.deleteThread('thr_1');
    expect(client.snapshot()).toMatchObject({ threads: [], thread: null, threadId: null, items: [] });
    expect(sent.slice(1).map(({ type, params }) => ({ type, params }))).toEqual([
      { type: 'threads.update', params: { thread_id: 'thr_1', title: 'New' } },
      { type: 'threads.delete', params: { thread_id: 'thr_1' } },
    ]);
  });

  it('keep the open thread when another one is renamed', async () => {
    const { client } = scripted([json(thread()), json(thread({ id: 'thr_2', title: 'Other' }))]);
    await client.openThread('thr_1');
    await client.renameThread('thr_2', 'Other');
    expect(client.snapshot().threadId).toBe('thr_1');
    expect(client.snapshot().thread?.id).toBe('thr_1');
  });

  it('send a recording without the prefix of a data URL', async () => {
    const { client, sent } = scripted([json({ text: 'spoken' })]);
    await expect(client.transcribe('AAAA', 'audio/webm;codecs=opus')).resolves.toBe('spoken');
    expect(sent[0]).toMatchObject({
      type: 'input.transcribe',
      params: { audio_base64: 'AAAA', mime_type: 'audio/webm;codecs=opus' },
    });
  });
});

describe('a stream', () => {
  const texts = (client: ReturnType<typeof scripted>['client']) =>
    client.snapshot().items.map((one) => ('content' in one ? one.content[0]!.text : one.type));

  it('shows the message at once, and the server’s own in its place', async () => {
    const { client } = scripted([answeredStream]);
    const sending = client.send(input('hello'));
    expect(client.snapshot().items).toMatchObject([{ type: 'user_message', content: [{ text: 'hello' }] }]);
    expect(client.snapshot().run).toMatchObject({ type: 'threads.create' });
    await sending;
    expect(ids(client.snapshot().items)).toEqual(['msg_user', 'msg_answer']);
    expect(client.snapshot().run).toBeNull();
  });

  it('loses the message when the server never sends it', async () => {
    const { client } = scripted([stream(created, options, done(assistantMessage()))]);
    await client.send(input());
    expect(ids(client.snapshot().items)).toEqual(['msg_answer']);
  });

  it('drops what comes before thread.created when a thread is created', async () => {
    const early = { type: 'client_effect', name: 'early', data: {} };
    const { client, effects } = scripted([stream(early, done(assistantMessage('lost')), created, done(userMessage()))]);
    await client.send(input());
    expect(ids(client.snapshot().items)).toEqual(['msg_user']);
    expect(effects).toEqual([]);
  });

  it('goes on after frames that are not JSON', async () => {
    const { client, problems } = scripted([
      stream(
        created,
        'data: [DONE]\n\n',
        ': a comment\n\n',
        'event: x\r\nid: 7\r\ndata: {"type":"nonsense"}\r\n\r\n',
        done(userMessage()),
      ),
    ]);
    await client.send(input());
    expect(ids(client.snapshot().items)).toEqual(['msg_user']);
    expect(problems).toMatchObject([{ message: expect.stringContaining('[DONE]') }]);
  });

  it('is stopped by aborting the request, and nothing else', async () => {
    const { client, sent, log } = scripted([
      openStream(created, done(userMessage()), added(assistantMessage('a', 'so far'))),
    ]);
    const sending = client.send(input());
    await new Promise<void>((resolve) => {
      client.subscribe(() => {
        if (client.snapshot().items.length === 2) resolve();
      });
    });
    await client.stop();
    await sending;
    expect(sent).toHaveLength(1);
    expect(sent[0]!.signal!.aborted).toBe(true);
    expect(texts(client)).toEqual(['hello', 'so far']);
    expect(client.snapshot()).toMatchObject({ run: null, error: null });
    expect(log.snapshot().map(({ outcome }) => outcome)).toEqual(['aborted']);
  });

  it('that breaks off is not posted again: a neutral error, and Retry', async () => {
    const { client, sent } = scripted([
      brokenStream(created, done(userMessage())),
      stream(options, done(assistantMessage())),
    ]);
    await client.send(input());
    expect(client.snapshot().error).toEqual({ message: 'Something went wrong.', allowRetry: true });
    expect(sent).toHaveLength(1);
    await client.retry();
    expect(sent[1]).toMatchObject({ type: 'threads.retry_after_item', params: { item_id: 'msg_user' } });
    expect(client.snapshot().error).toBeNull();
  });

  it('that broke off before the message was stored is retried with the message', async () => {
    const { client, types } = scripted([unreachable, answeredStream]);
    await client.send(input());
    expect(client.snapshot()).toMatchObject({ items: [], error: { allowRetry: true } });
    await client.retry();
    expect(types()).toEqual(['threads.create', 'threads.create']);
    expect(ids(client.snapshot().items)).toEqual(['msg_user', 'msg_answer']);
  });

  it('answered 5xx is posted again up to five times', async () => {
    const failing = Array(6).fill(json({ message: 'broken' }, 500));
    const { client, sent, log } = scripted(failing);
    await client.send(input());
    expect(sent).toHaveLength(6);
    expect(new Set(sent.map(({ params }) => JSON.stringify(params))).size).toBe(1);
    expect(client.snapshot()).toMatchObject({ items: [], run: null, error: { allowRetry: true } });
    expect(log.snapshot().map(({ outcome, attempt }) => `${attempt} ${outcome}`)).toEqual([
      ...[1, 2, 3, 4, 5].map((attempt) => `${attempt} posted_again`),
      '6 done',
    ]);
  });

  it('answered 200 without SSE is posted again, and taken when it comes', async () => {
    const { client, types } = scripted([text('<p>hello</p>'), json({}), answeredStream]);
    await client.send(input());
    expect(types()).toEqual(Array(3).fill('threads.create'));
    expect(ids(client.snapshot().items)).toEqual(['msg_user', 'msg_answer']);
    expect(client.snapshot().error).toBeNull();
  });

  it('answered 4xx is not posted again and shows nothing in the thread', async () => {
    const { client, sent, problems } = scripted([json({ message: 'No such thread' }, 404)]);
    await expect(client.send(input())).resolves.toBe(false);
    expect(sent).toHaveLength(1);
    expect(client.snapshot()).toMatchObject({ items: [], error: null, run: null });
    expect(problems).toMatchObject([{ message: 'No such thread', status: 404, during: 'threads.create' }]);
  });

  it('is the only one: a second message waits for its end', async () => {
    const { client, sent } = scripted([answeredStream]);
    const first = client.send(input('one'));
    await expect(client.send(input('two'))).resolves.toBe(false);
    await first;
    expect(sent).toHaveLength(1);
  });

  it('of a thread that is left is aborted', async () => {
    const { client, sent } = scripted([openStream(created, done(userMessage()))]);
    const sending = client.send(input());
    client.newThread();
    await sending;
    expect(sent[0]!.signal!.aborted).toBe(true);
    expect(client.snapshot()).toMatchObject({ items: [], run: null, threadId: null });
  });
});

describe('client tools', () => {
  const call = (id: string, more = {}) =>
    item('client_tool_call', id, { call_id: `call_${id}`, name: id, arguments: {}, status: 'pending', ...more });

  it('run when the stream has ended, and their output starts the next one', async () => {
    let runDuring: unknown = 'not called';
    const parts = scripted(
      [stream(created, done(userMessage()), done(call('get_title'))), stream(options, done(assistantMessage()))],
      {
        onClientTool: async () => {
          runDuring = parts.client.snapshot().run;
          return { title: 'A page' };
        },
      },
    );
    await parts.client.send(input());
    expect(runDuring).toBeNull();
    expect(parts.sent[1]).toMatchObject({
      type: 'threads.add_client_tool_output',
      params: { thread_id: 'thr_1', result: { title: 'A page' } },
    });
    expect(ids(parts.client.snapshot().items)).toEqual(['msg_user', 'get_title', 'msg_answer']);
  });

  it('run once when they are sent as added and as done, although the official client runs them twice', async () => {
    const { client, tools } = scripted([
      stream(created, done(userMessage()), added(call('twice')), done(call('twice'))),
      stream(options),
    ]);
    await client.send(input());
    expect(tools).toEqual(['twice']);
  });

  it('do not run for calls that are found in a loaded thread', async () => {
    const { client, tools, sent } = scripted([
      json(thread({ items: { data: [userMessage(), call('old')], has_more: false } })),
    ]);
    await client.openThread('thr_1');
    expect(tools).toEqual([]);
    expect(sent).toHaveLength(1);
  });
});

describe('widgets', () => {
  const card = (value: string) =>
    item('widget', 'wdg_1', { widget: { type: 'Card', children: [{ type: 'Text', value }] } }) as never;
  const opened = json(thread({ items: { data: [userMessage(), card('old')], has_more: false } }));

  it('post an action without handler and loadingBehavior', async () => {
    const { client, sent } = scripted([opened, stream(options)]);
    await client.openThread('thr_1');
    const action = { type: 'save', payload: { id: 1 }, handler: 'server' as const, loadingBehavior: 'self' };
    await client.act(action, card('old'));
    expect(sent[1]).toMatchObject({ type: 'threads.custom_action' });
    expect(sent[1]!.params).toEqual({
      thread_id: 'thr_1',
      item_id: 'wdg_1',
      action: { type: 'save', payload: { id: 1 } },
    });
  });

  it('replace the item by the answer of an action that does not stream', async () => {
    const { client, sent } = scripted([opened, json({ updated_item: card('new') })]);
    await client.openThread('thr_1');
    await client.act({ type: 'like', streaming: false }, card('old'));
    expect(sent[1]).toMatchObject({ type: 'threads.sync_custom_action', headers: { accept: '*/*' } });
    expect(client.snapshot().items[1]).toEqual(card('new'));
  });

  it('give an action of the page to the page', async () => {
    const heard: unknown[] = [];
    const { client, sent } = scripted([opened], { onWidgetAction: (action) => void heard.push(action) });
    await client.openThread('thr_1');
    await client.act({ type: 'show', payload: { a: 1 }, handler: 'client' }, card('old'));
    expect(heard).toEqual([{ type: 'show', payload: { a: 1 }, handler: 'client' }]);
    expect(sent).toHaveLength(1);
  });
});

describe('answers that are no streams', () => {
  it.each([
    ['the message of the body', json({ message: 'You may not', error: { message: 'no' } }, 403), 'You may not'],
    ['the status text', text('oops', 502, 'text/plain', 'Bad Gateway'), 'Bad Gateway'],
    ['the number, where there is no status text', text('oops', 503, 'text/plain'), 'Status 503'],
  ])('are refused in the words of %s', async (_name, answer, message) => {
    const { client, problems } = scripted([answer]);
    await client.loadThreads();
    expect(problems).toMatchObject([{ message, during: 'threads.list' }]);
    expect(client.snapshot().threadsLoading).toBe('failed');
  });

  it('are {} when a 200 is not JSON', async () => {
    const { client, problems } = scripted([text('ok')]);
    await client.loadThreads();
    expect(client.snapshot()).toMatchObject({ threads: [], threadsLoading: 'ready' });
    expect(problems).toEqual([]);
  });
});

describe('a server that says nonsense', () => {
  it.each<[string, unknown]>([
    ['an item without its lists', done({ ...assistantMessage('msg_bare'), content: undefined })],
    ['an update of nothing', { type: 'thread.item.updated', item_id: 'msg_user' }],
    ['an item that is a number', done(7 as never)],
    ['a thread that is none', { type: 'thread.updated', thread: null }],
    ['options that are none', { type: 'stream_options' }],
    ['a list', [1, 2]],
  ])('such as %s, is still listened to', async (_name, event) => {
    const { client } = scripted([stream(created, done(userMessage()), event, done(assistantMessage('msg_last')))]);
    await client.send(input());
    expect(ids(client.snapshot().items)).toEqual(expect.arrayContaining(['msg_user', 'msg_last']));
    expect(client.snapshot()).toMatchObject({ run: null, error: null });
  });
});
