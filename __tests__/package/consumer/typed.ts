// A TypeScript project that uses the package. It is compiled as an ES module and as CommonJS, for both Expresses.
import express from 'express';
import {
  chatkitMiddleware,
  ChatKitError,
  type ErrorCode,
  MemoryStore,
  NotFoundError,
  type ThreadStreamEvent,
} from 'chatkit-express';
import { type FunctionCall, streamResponse, ThreadItemConverter } from 'chatkit-express/openai';
import { RequestSchema, type ChatKitRequest } from 'chatkit-express/protocol';

interface Context {
  userId: string;
}

const chatkit = chatkitMiddleware<Context>({
  store: new MemoryStore<Context>({ owner: ({ userId }) => userId }),
  context(request) {
    const userId = request.get('x-user');
    if (!userId) throw new ChatKitError('unauthorized', 'Who are you?');
    return { userId };
  },
  async *respond({ thread, input, context, generateId, signal }) {
    if (signal.aborted) return;
    const part = input?.content[0];
    const text: string = part?.type === 'input_text' ? part.text : context.userId;
    yield {
      type: 'thread.item.done',
      item: {
        type: 'assistant_message',
        id: generateId('message'),
        thread_id: thread.id,
        created_at: new Date().toISOString(),
        content: [{ type: 'output_text', text }],
      },
    };
  },
});

const app = express();
app.use('/chatkit', chatkit);
export const closed: Promise<void> = chatkit.close();

export const request: ChatKitRequest = RequestSchema.parse({ type: 'threads.list', params: {} });
export const typeOf = (event: ThreadStreamEvent): string => event.type;
export const code: ErrorCode = new NotFoundError('Not here').code;

// Without `openai`: the streams of other clients have the same shape.
export async function* answer(
  turn: Parameters<typeof streamResponse>[0],
  stream: AsyncIterable<{ type: string }>,
): AsyncGenerator<unknown, FunctionCall[], undefined> {
  const { functionCalls } = yield* streamResponse(turn, stream, { clientTools: ['pick'] });
  return functionCalls;
}
export const converter = new ThreadItemConverter();

// What must not compile.
const store = new MemoryStore();
async function* silent() {}
async function* misspelt() {
  yield { type: 'thread.item.finished' };
}
// @ts-expect-error: a store is required.
chatkitMiddleware({ respond: silent });
// @ts-expect-error: there is no such option.
chatkitMiddleware({ store, respond: silent, stores: [] });
// @ts-expect-error: there is no such event.
chatkitMiddleware({ store, respond: misspelt });
