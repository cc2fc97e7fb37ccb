// Prints how many bytes of each answer V8 moves to the old generation: `node surviving-memory.js`.
import { Session } from 'node:inspector';
import { chatkitMiddleware, MemoryStore } from 'chatkit-express';
import { createThread } from '../support/requests';

const answers = 3000;

interface Allocations {
  selfSize: number;
  children: Allocations[];
}
const sum = ({ selfSize, children }: Allocations): number =>
  children.reduce((total, child) => total + sum(child), selfSize);

let last = 0;
const chatkit = chatkitMiddleware({
  store: new MemoryStore(),
  async *respond({ thread }) {
    const base = { id: `message_${++last}`, thread_id: thread.id, created_at: new Date().toISOString() };
    const item = (content: { type: 'output_text'; text: string; annotations: [] }[]) => ({
      ...{ type: 'assistant_message' as const, ...base, content },
    });
    yield { type: 'thread.item.added', item: item([]) };
    yield { type: 'thread.item.done', item: item([{ type: 'output_text', text: 'Hello', annotations: [] }]) };
  },
});

async function answer(): Promise<void> {
  const result = await chatkit.server.process(createThread('Hello'), {});
  if (result.kind !== 'stream') throw new Error('the answer is not a stream');
  let last: string | undefined;
  for await (const { type } of result.events) last = type;
  if (last !== 'thread.item.done') throw new Error(`the last event of the answer is ${last}`);
}

void (async () => {
  const session = new Session();
  session.connect();
  const { post } = session as unknown as {
    post: (
      method: string,
      options: object,
      done: (error: Error | null, result: { profile: { head: Allocations } }) => void,
    ) => void;
  };
  const call = (method: string, options = {}) =>
    new Promise<{ profile: { head: Allocations } }>((resolve, reject) =>
      post.call(session, method, options, (error, result) => (error ? reject(error) : resolve(result))),
    );
  for (let count = 0; count < 1000; count++) await answer();
  // Samples what survives the collections of the young generation, also where a full collection frees it later.
  await call('HeapProfiler.startSampling', { samplingInterval: 2048, includeObjectsCollectedByMajorGC: true });
  for (let count = 0; count < answers; count++) await answer();
  const { profile } = await call('HeapProfiler.stopSampling');
  process.stdout.write(String(Math.round(sum(profile.head) / answers)));
})();
