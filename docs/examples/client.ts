import { Chat, ChatKitClient, RequestError } from 'chatkit-express/client';

declare function show(text: string): void;
declare function readToken(): Promise<string>;
declare function runTool(name: string, args: unknown): Promise<unknown>;

// #region client
export const client = new ChatKitClient({
  url: '/chatkit',
  headers: async () => ({ authorization: `Bearer ${await readToken()}` }),
});
// #endregion

export async function ask() {
  // #region stream
  const answer = client.stream('threads.create', {
    input: { content: [{ type: 'input_text', text: 'Hello' }], attachments: [], inference_options: {} },
  });
  for await (const event of answer) {
    if (event.type === 'thread.item.updated' && event.update.type === 'assistant_message.content_part.text_delta') {
      show(event.update.delta);
    }
  }
  // #endregion
}

export async function rename(threadId: string, title: string) {
  // #region request
  try {
    await client.request('threads.update', { thread_id: threadId, title });
  } catch (error) {
    if (!(error instanceof RequestError)) throw error;
    show(error.field === 'params.title' ? 'Choose another title.' : error.message);
  }
  // #endregion
}

export async function list() {
  // #region pages
  for await (const thread of client.threads()) {
    show(thread.title ?? 'Untitled');
  }
  // #endregion
}

export async function join(threadId: string) {
  // #region join
  const [run] = await client.openRuns(threadId);
  if (run) {
    for await (const event of client.join(run)) show(event.type);
  }
  // #endregion
}

export async function attach(file: File, signal: AbortSignal) {
  // #region upload
  const attachment = await client.upload(file, {
    onProgress: (sent) => show(`${Math.round(sent * 100)} %`),
    signal,
  });
  const input = {
    content: [{ type: 'input_text' as const, text: 'What is in this file?' }],
    attachments: [attachment.id],
    inference_options: {},
  };
  // #endregion
  return input;
}

// #region chat
export const chat = new Chat(client, {
  onClientTool: ({ name, arguments: args }) => runTool(name, args),
  onEffect: (name) => show(`Effect ${name}`),
  onProblem: ({ message }) => show(message),
});

export async function open() {
  await chat.loadThreads();
  const [latest] = chat.snapshot().threads;
  if (latest) await chat.openThread(latest.id);
  chat.subscribe(() => show(`${chat.snapshot().items.length} items`));
  await chat.send('Where is my parcel?');
}
// #endregion
