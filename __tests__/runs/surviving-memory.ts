// Prints how many bytes of each answer V8 moves to the old generation: `node surviving-memory.js`.
import { Session } from 'node:inspector/promises';
import { chatkitMiddleware, MemoryStore } from 'chatkit-express';
import { added, assistantMessage, done } from '../support/items';
import { createThread } from '../support/requests';

const answers = 3000;

interface Allocations {
  selfSize: number;
  children: Allocations[];
}
const sum = ({ selfSize, children }: Allocations): number =>
  children.reduce((total, child) => total + sum(child), selfSize);

let count = 0;
const { server } = chatkitMiddleware({
  store: new MemoryStore(),
  async *respond({ thread }) {
    const id = `message_${++count}`;
    yield added(assistantMessage(thread, id));
    yield done(assistantMessage(thread, id, 'Hello'));
  },
});

async function answerAll(times: number): Promise<void> {
  for (let time = 0; time < times; time++) {
    const answer = await server.process(createThread('Hello'), {});
    if (answer.kind !== 'stream') throw new Error('the answer is not a stream');
    let last: string | undefined;
    for await (const { type } of answer.events) last = type;
    if (last !== 'thread.item.done') throw new Error(`the last event of the answer is ${last}`);
  }
}

void (async () => {
  const session = new Session();
  session.connect();
  await answerAll(1000);
  // Samples what survives the collections of the young generation, also where a full collection frees it later.
  await session.post('HeapProfiler.startSampling', { samplingInterval: 2048, includeObjectsCollectedByMajorGC: true });
  await answerAll(answers);
  const { profile } = await session.post('HeapProfiler.stopSampling');
  process.stdout.write(String(Math.round(sum(profile.head) / answers)));
})();
