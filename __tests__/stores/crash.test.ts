// kill -9 in the middle of many streams: what a client was told is done is there after a restart, once, and it goes on.
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ClientThread, Page, ThreadItem, ThreadStreamEvent } from 'chatkit-express';
import { createParser } from 'eventsource-parser';
import { listening, startExample } from '../example-app/start';
import { describeOnMongo } from '../support/mongo-server';
import { findPostgres, noPostgres, type PostgresServer, startPostgres } from '../support/postgres-server';
import { addMessage, createThread, getThread } from '../support/requests';
import { sized } from '../support/sizes';

jest.setTimeout(120_000);

const streams = sized(25, 50);
/** Answers of the example that differ in length and in how many items they have. None takes an item back. */
const keywords = ['stream', 'sources', 'task', 'workflow', 'reasoning'];

const send = (origin: string, body: object) =>
  fetch(`${origin}/chatkit`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });

const ask = async <Answer>(origin: string, body: object) => (await (await send(origin, body)).json()) as Answer;

/** Reads a stream to its end, or until it breaks off. Says which of the two it was. */
async function follow(response: Response, see: (event: ThreadStreamEvent) => void): Promise<'ended' | 'cut'> {
  const parser = createParser({ onEvent: ({ data }) => see(JSON.parse(data) as ThreadStreamEvent) });
  try {
    for await (const text of response.body!.pipeThrough(new TextDecoderStream())) parser.feed(text);
    return 'ended';
  } catch {
    return 'cut';
  }
}

/** What the clients of one run of the example saw. */
interface Seen {
  threadIds: string[];
  done: ThreadItem[];
  /** How many streams broke off. */
  cut: number;
}

/** Opens all the streams at once, and kills the example with the event for which `isTheMoment`. */
async function crash(url: string, isTheMoment: (done: ThreadItem[]) => boolean): Promise<Seen> {
  const child = startExample(url);
  const { origin } = await listening(child);
  const exited = once(child, 'exit');
  const seen: Seen = { threadIds: [], done: [], cut: 0 };
  const see = (event: ThreadStreamEvent) => {
    if (event.type === 'error') throw new Error('the example failed before it was killed');
    if (event.type === 'thread.created') seen.threadIds.push(event.thread.id);
    if (event.type === 'thread.item.done') seen.done.push(event.item);
    if (isTheMoment(seen.done)) child.kill('SIGKILL');
  };
  await Promise.all(
    Array.from({ length: streams }, async (_, index) => {
      const response = await send(origin, createThread(keywords[index % keywords.length])).catch(() => undefined);
      if (!response || (await follow(response, see)) === 'cut') seen.cut++;
    }),
  );
  expect(await exited).toEqual([null, 'SIGKILL']);
  return seen;
}

/** All rows of a list, page by page. */
async function readAll<Row extends { id: string }>(load: (after?: string) => Promise<Page<Row>>): Promise<Row[]> {
  const rows: Row[] = [];
  for (;;) {
    const page = await load(rows.at(-1)?.id);
    rows.push(...page.data);
    if (!page.has_more) return rows;
  }
}

const itemsOf = (origin: string, thread_id: string) =>
  readAll<ThreadItem>((after) =>
    ask(origin, { type: 'items.list', params: { thread_id, order: 'asc', limit: 2, after } }),
  );

const threadsOf = (origin: string) =>
  readAll<ClientThread>((after) => ask(origin, { type: 'threads.list', params: { limit: 20, after } }));

const moments: [string, (done: ThreadItem[]) => boolean][] = [
  ['while messages are stored', (done) => done.length >= 10],
  ['while answers are stored', (done) => done.filter(({ type }) => type !== 'user_message').length >= 15],
];

/** Crashes at each moment, on one database, and looks at what is there. */
function testCrashes(databaseUrl: () => string): void {
  test.each(moments)('kill -9 %s', async (_moment, isTheMoment) => {
    const { threadIds, done, cut } = await crash(databaseUrl(), isTheMoment);
    expect(isTheMoment(done)).toBe(true);
    expect(cut).toBeGreaterThan(0);

    const { origin } = await listening(startExample(databaseUrl()));
    const listed = (await threadsOf(origin)).map(({ id }) => id);
    expect(new Set(listed).size).toBe(listed.length);
    expect(listed).toEqual(expect.arrayContaining(threadIds));

    // Every thread opens, also those that the other moment left and those that no client was told of.
    const stored: ThreadItem[] = [];
    for (const id of listed) {
      const items = await itemsOf(origin, id);
      stored.push(...items);
      const said = items.flatMap((item) => (item.type === 'user_message' ? item.content[0]!.text : []));
      expect(new Set(said).size).toBe(said.length);
      const { items: opened } = await ask<ClientThread>(origin, getThread(id));
      expect(opened).toMatchObject({ data: items, has_more: false });
    }
    const byId = new Map(stored.map((item) => [item.id, item]));
    expect(byId.size).toBe(stored.length);
    expect(done.map(({ id }) => byId.get(id))).toEqual(done);

    await goesOn(origin, threadIds[0]!);
  });
}

/** A new message to a thread that was cut off comes after all that was there, and is answered. */
async function goesOn(origin: string, threadId: string): Promise<void> {
  const before = await itemsOf(origin, threadId);
  const done: ThreadItem[] = [];
  const ended = await follow(await send(origin, addMessage(threadId, 'And the sources?')), (event) => {
    if (event.type === 'thread.item.done') done.push(event.item);
  });
  expect(ended).toBe('ended');
  expect(done.map(({ type }) => type)).toEqual(['user_message', 'assistant_message']);
  expect(await itemsOf(origin, threadId)).toEqual([...before, ...done]);
}

describe('SQLite', () => {
  const folder = mkdtempSync(join(tmpdir(), 'chatkit-express-crash-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  testCrashes(() => `file:${join(folder, 'chat.sqlite')}`);
});

describeOnMongo('MongoDB', (on) => testCrashes(() => on.url));

const describeServer = findPostgres() ? describe : describe.skip;
describeServer(findPostgres() ? 'PostgreSQL' : `PostgreSQL, ${noPostgres}`, () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(() => server?.stop());
  testCrashes(() => server.url);
});
