// Chat and a real endpoint: what the state is after messages, Stop, reloads and other threads.
import { MemoryStore, type ChatKitOptions } from 'chatkit-express';
import { Chat, ChatKitClient, type ChatOptions, type ChatProblem, type ChatState } from 'chatkit-express/client';
import { type Endpoint, start, thread } from '../http/endpoint';
import { added, delta, done, steered } from '../http/hooks';
import { noRuns } from '../http/server-side';
import { assistantMessage, done as itemDone, toolCall } from '../support/items';
import { slow } from '../support/slow-store';

afterEach(() => jest.restoreAllMocks());

/** A page that shows a chat. Another one is what the same page is after a reload. */
function openPage({ url }: Pick<Endpoint, 'url'>, options: ChatOptions = {}) {
  const problems: ChatProblem[] = [];
  const client = new ChatKitClient({ url });
  const chat = new Chat(client, { onProblem: (problem) => problems.push(problem), ...options });
  const shows = async (isTrue: (state: ChatState) => boolean) => {
    while (!isTrue(chat.snapshot())) await new Promise((resolve) => setTimeout(resolve, 2));
  };
  const texts = () =>
    chat
      .snapshot()
      .items.map((item) => ('content' in item ? item.content.map((part) => part.text).join('') : item.type));
  const contains = (text: string) => shows(() => texts().some((shown) => shown.includes(text)));
  const idle = () => shows(({ run }) => run === null);
  return { client, chat, problems, texts, shows, contains, idle };
}

async function serve(options: Partial<ChatKitOptions> = {}) {
  const store = slow(new MemoryStore());
  await store.saveThread(thread, {});
  return start({ store, ...options });
}

describe('over a slow store', () => {
  it('creates a thread with a message, and adds another one to it', async () => {
    let calls = 0;
    const endpoint = await serve({
      async *respond({ thread: own }) {
        const id = `msg_${++calls}`;
        yield added(id, own);
        yield delta(`answer ${calls}`, id);
        yield done(`answer ${calls}`, id, own);
      },
    });
    const { chat, texts, problems } = openPage(endpoint);
    await expect(chat.send('one')).resolves.toBe(true);
    await expect(chat.send({ content: [{ type: 'input_text', text: 'two' }] })).resolves.toBe(true);
    expect(texts()).toEqual(['one', 'answer 1', 'two', 'answer 2']);
    expect(chat.snapshot()).toMatchObject({ run: null, error: null, itemsLoading: 'ready' });
    await chat.loadThreads();
    expect(chat.snapshot().threads.map(({ id }) => id)).toEqual([chat.snapshot().threadId, 'thr_1']);
    expect(problems).toEqual([]);
  });

  it('after a reload joins the answer, which the model is asked for once', async () => {
    const hook = steered();
    let calls = 0;
    const endpoint = await serve({
      respond: (turn) => {
        calls++;
        return hook.respond(turn);
      },
    });
    const first = openPage(endpoint);
    await first.chat.openThread('thr_1');
    void first.chat.send('Question');
    hook.say(added(), delta('one '));
    await first.contains('one ');
    first.chat.newThread(); // closes the connection, as a reload does

    const second = openPage(endpoint);
    await second.chat.openThread('thr_1');
    await second.contains('one ');
    await second.shows(({ run }) => run?.type === 'join');
    hook.say(delta('two'), done('one two'));
    hook.end();
    await second.idle();
    await second.shows(({ run }) => run === null);
    expect(second.texts()).toEqual(['Question', 'one two']);
    expect(calls).toBe(1);
    expect((await hook.started).signal.aborted).toBe(false);
    expect(second.problems).toEqual([]);

    await first.chat.openThread('thr_1'); // back in the page that has left
    expect(first.texts()).toEqual(['Question', 'one two']);
  });

  it('stops an answer that was joined', async () => {
    const hook = steered();
    const endpoint = await serve({ respond: hook.respond });
    const first = openPage(endpoint);
    await first.chat.openThread('thr_1');
    void first.chat.send('Question');
    hook.say(added(), delta('one '));
    await first.contains('one ');
    const second = openPage(endpoint);
    await second.chat.openThread('thr_1');
    await second.contains('one ');
    await second.shows(({ run }) => run !== null);
    await second.chat.stop();
    expect((await hook.started).signal.aborted).toBe(true);
    await Promise.all([first.idle(), second.idle()]);
    await noRuns(endpoint);
    expect(second.texts()).toEqual(['Question', 'one ']);
    await second.chat.stop(); // does nothing
    expect([...first.problems, ...second.problems]).toEqual([]);
  });

  it('shows the end of an answer that ended while the page read the thread', async () => {
    const hook = steered();
    const endpoint = await serve({ respond: hook.respond });
    const first = openPage(endpoint);
    await first.chat.openThread('thr_1');
    void first.chat.send('Question');
    hook.say(added(), delta('one '));
    await first.contains('one ');
    first.chat.newThread();

    const client = new ChatKitClient({
      url: endpoint.url,
      async fetch(url, init) {
        const response = await fetch(url, init);
        if (!(init?.body as string | null)?.includes('get_by_id')) return response;
        const text = await response.text();
        hook.say(delta('two'), done('one two'));
        hook.end();
        await noRuns(endpoint);
        return new Response(text, response);
      },
    });
    const chat = new Chat(client);
    await chat.openThread('thr_1');
    const last = () => chat.snapshot().items.at(-1);
    while (!JSON.stringify(last()).includes('one two')) await new Promise((resolve) => setTimeout(resolve, 2));
    expect(chat.snapshot().items).toHaveLength(2);
  });

  it('runs a client tool once, and sends its result', async () => {
    const endpoint = await serve({
      async *respond({ thread: own, completed: [call] }) {
        if (!call) {
          yield itemDone(toolCall(own, 'tc_1'));
          return;
        }
        yield itemDone(assistantMessage(own, 'msg_2', `Thanks for ${JSON.stringify(call)}`));
      },
    });
    const names: string[] = [];
    const { chat, texts } = openPage(endpoint, {
      onClientTool: async ({ name }) => {
        names.push(name);
        return { title: 'A page' };
      },
    });
    await chat.send('Which page?');
    expect(names).toHaveLength(1);
    expect(texts().at(-1)).toContain('"output":{"title":"A page"}');
  });

  it('reports a client tool that nothing runs', async () => {
    const endpoint = await serve({
      async *respond({ thread: own }) {
        yield itemDone(toolCall(own, 'tc_1'));
      },
    });
    const { chat, problems } = openPage(endpoint);
    await chat.send('Which page?');
    expect(problems).toMatchObject([{ during: 'client_tool_call' }]);
  });
});

it('gives back a refused message, and names its field to the application', async () => {
  const endpoint = await serve();
  const { chat, problems, texts } = openPage(endpoint);
  await expect(chat.send({ content: [{ type: 'input_text', text: 7 as never }] })).resolves.toBe(false);
  expect(texts()).toEqual([]);
  expect(problems).toMatchObject([{ status: 400, during: 'threads.create', error: { field: expect.any(String) } }]);
});

it('shows an error event, and retries the message', async () => {
  let calls = 0;
  const endpoint = await serve({
    async *respond({ thread: own }) {
      if (++calls === 1) throw new Error('the model is down');
      yield itemDone(assistantMessage(own, 'msg_2', 'Here'));
    },
  });
  const { chat, texts } = openPage(endpoint);
  await chat.send('Hello');
  expect(chat.snapshot().error).toMatchObject({ allowRetry: true, message: 'Something went wrong.' });
  await chat.retry();
  expect(chat.snapshot().error).toBeNull();
  expect(texts()).toEqual(['Hello', 'Here']);
  endpoint.logger.take('error');
});

it('writes problems to the console unless the application takes them', async () => {
  const warn = jest.spyOn(console, 'warn').mockReturnValue();
  const endpoint = await serve();
  await new Chat(new ChatKitClient({ url: endpoint.url })).openThread('thr_unknown');
  expect(warn.mock.calls).toEqual([[expect.stringMatching(/^chatkit-express: .+ \(threads.get_by_id\)$/)]]);
});

it('notifies of each change until it is told to stop', async () => {
  const endpoint = await serve();
  const { chat } = openPage(endpoint);
  let changes = 0;
  const end = chat.subscribe(() => changes++);
  await chat.loadThreads();
  expect(changes).toBe(2);
  expect(chat.snapshot()).toBe(chat.snapshot());
  end();
  await chat.loadThreads();
  expect(changes).toBe(2);
});
