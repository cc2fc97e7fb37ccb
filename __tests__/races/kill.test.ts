// kill -9 at random moments of many streams, retries among them, again and again on one database.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { Store, ThreadItem, ThreadStreamEvent } from 'chatkit-express';
import { createParser } from 'eventsource-parser';
import { childProgram } from '../support/child-program';
import { describeOnMongo } from '../support/mongo-server';
import { describeOnMariadb } from '../support/mariadb-server';
import { sized } from '../support/sizes';
import { findPostgres, noPostgres, type PostgresServer, startPostgres } from '../support/postgres-server';
import { createThread, retryAfter } from '../support/requests';
import { randomNumbers } from '../support/slow-store';
import { temporaryFolder } from '../support/temporary-folder';
import { openStore } from './database';

jest.setTimeout(30 * 60_000);

const streams = 50;
const rounds = sized(2, 20);

interface Known {
  threadId: string;
  messageId: string;
}

/** What the clients of one process were told before it was killed. */
interface Told {
  items: ThreadItem[];
  created: Map<string, string>;
  cut: number;
}

/** Reads a stream until it ends or breaks off. Returns false when it broke off. */
async function follow(url: string, body: object, see: (event: ThreadStreamEvent) => void): Promise<boolean> {
  const parser = createParser({ onEvent: ({ data }) => see(JSON.parse(data) as ThreadStreamEvent) });
  try {
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
    for await (const text of response.body!.pipeThrough(new TextDecoderStream())) parser.feed(text);
    return true;
  } catch {
    return false;
  }
}

function startServer(databaseUrl: string): ChildProcess {
  return spawn(process.execPath, [childProgram(join(__dirname, 'kill-process.ts')), databaseUrl], {
    cwd: join(__dirname, '..', '..'),
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
}

/** Sends the requests at once, and kills the server when its clients were told of so many items. */
async function killDuring(databaseUrl: string, requests: object[], doneItems: number): Promise<Told> {
  const child = startServer(databaseUrl);
  const exited = once(child, 'exit');
  const [port] = (await once(child, 'message')) as [number];
  const told: Told = { items: [], created: new Map(), cut: 0 };
  const see = (event: ThreadStreamEvent) => {
    if (event.type === 'error') throw new Error('the server failed before it was killed');
    if (event.type !== 'thread.item.done') return;
    told.items.push(event.item);
    if (event.item.type === 'user_message') told.created.set(event.item.thread_id, event.item.id);
    if (told.items.length === doneItems) child.kill('SIGKILL');
  };
  await Promise.all(
    requests.map(async (request) => {
      if (!(await follow(`http://127.0.0.1:${port}/chatkit`, request, see))) told.cut++;
    }),
  );
  expect(await exited).toEqual([null, 'SIGKILL']);
  return told;
}

/** Fails unless each thread is a question and the beginning of one answer. */
async function checkThreads(store: Store): Promise<Map<string, ThreadItem>> {
  const stored = new Map<string, ThreadItem>();
  for (let after: string | null = null; ;) {
    const threads = await store.loadThreads({ limit: 100, after, order: 'asc' }, {});
    for (const { id } of threads.data) {
      const { data } = await store.loadThreadItems(id, { limit: 100, after: null, order: 'asc' }, {});
      const [question, ...answer] = data;
      expect(question?.type).toBe('user_message');
      const parts = answer.map((item) => (item.type === 'assistant_message' ? item.content[0]!.text.split(' ') : []));
      expect(new Set(parts.map(([name]) => name)).size).toBeLessThanOrEqual(1);
      expect(parts.map(([, part]) => part)).toEqual(['1', '2', '3', '4', '5'].slice(0, parts.length));
      for (const item of data) stored.set(item.id, item);
    }
    if (!threads.has_more) return stored;
    after = threads.data.at(-1)!.id;
  }
}

function testKills(databaseUrl: () => string): void {
  test(`${rounds} rounds of ${streams} streams: what was told is stored, and no thread has parts of two answers`, async () => {
    const { store, close } = await openStore(databaseUrl());
    const seed = Math.floor(Math.random() * 2 ** 32);
    const random = randomNumbers(seed);
    const known: Known[] = [];
    try {
      for (let round = 0; round < rounds; round++) {
        const retries = known.toSorted(() => random() - 0.5).slice(0, streams / 2);
        const requests = [
          ...retries.map(({ threadId, messageId }) => retryAfter(threadId, messageId)),
          ...Array.from({ length: streams - retries.length }, () => createThread()),
        ];
        const told = await killDuring(databaseUrl(), requests, 1 + Math.floor(random() * streams * 4));
        expect(told.cut).toBeGreaterThan(0);
        const stored = await checkThreads(store);
        expect(told.items.filter(({ id }) => !stored.has(id))).toEqual([]);
        for (const [threadId, messageId] of told.created) known.push({ threadId, messageId });
      }
    } catch (cause) {
      throw new Error(`seed ${seed}`, { cause });
    } finally {
      await close();
    }
  });
}

/** Kills a server at a random moment of a retry in a long thread. */
function testLongRetry(databaseUrl: () => string, retries: number): void {
  test('a retry in a thread of 3,001 items: the old answer whole, or items of the new one', async () => {
    const { store, close } = await openStore(databaseUrl());
    const base = { thread_id: 'long', created_at: '2026-01-02T03:04:05.678Z' };
    const answer = (id: string): ThreadItem => ({
      ...base,
      id,
      type: 'assistant_message',
      content: [{ type: 'output_text', text: id, annotations: [] }],
    });
    const old = Array.from({ length: 3000 }, (_row, index) => `old_${index}`);
    try {
      for (let round = 0; round < retries; round++) {
        await store.deleteThread('long', {});
        const thread = { id: 'long', created_at: base.created_at, status: { type: 'active' as const }, metadata: {} };
        const question = { ...base, id: 'question', type: 'user_message' as const, content: [], attachments: [] };
        await store.createThread(thread, { ...question, inference_options: {} }, {});
        await Promise.all(old.map((id) => store.addThreadItem('long', answer(id), {})));
        const child = startServer(databaseUrl());
        const exited = once(child, 'exit');
        const [port] = (await once(child, 'message')) as [number];
        const following = follow(`http://127.0.0.1:${port}/chatkit`, retryAfter('long', 'question'), () => undefined);
        await setTimeout(Math.random() * 100);
        child.kill('SIGKILL');
        await Promise.all([following, exited]);
        const ids: string[] = [];
        for (let after: string | null = null; ;) {
          const page = await store.loadThreadItems('long', { limit: 100, after, order: 'asc' }, {});
          ids.push(...page.data.map(({ id }) => id));
          if (!page.has_more) break;
          after = ids.at(-1)!;
        }
        const isOld = ids.some((id) => id.startsWith('old_'));
        expect(isOld ? ids.length : ids.filter((id) => id.startsWith('msg_')).length + 1).toBe(
          isOld ? 3001 : ids.length,
        );
      }
    } finally {
      await close();
    }
  });
}

describe('SQLite', () => {
  const folder = temporaryFolder();
  testKills(() => `file:${join(folder, 'chat.db')}`);
});

const describeServer = findPostgres() ? describe : describe.skip;
describeServer(findPostgres() ? 'PostgreSQL' : `PostgreSQL, ${noPostgres}`, () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(() => server?.stop());
  testKills(() => server.url);

  testLongRetry(() => server.url, sized(2, 20));
});

describeOnMongo('MongoDB', (on) => testKills(() => on.url));

describeOnMariadb('MariaDB', (on) => {
  testKills(() => on.server.url);
  testLongRetry(() => on.server.url, sized(2, 20));
});
