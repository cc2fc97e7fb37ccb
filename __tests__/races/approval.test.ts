// An approval that is answered after the server restarted, in two processes at once, over slow stores.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { ThreadItem } from 'chatkit-express';
import { childProgram } from '../support/child-program';
import { chatFrames } from '../support/model-frames';
import { type ModelServer, startModelServer } from '../support/model-server';
import { findPostgres, noPostgres, type PostgresServer, startPostgres } from '../support/postgres-server';
import { createThread, structuredInput } from '../support/requests';
import { isLong, sized } from '../support/sizes';
import { temporaryFolder } from '../support/temporary-folder';
import type { Report } from './approval-process';
import { openStore } from './database';

jest.setTimeout(120_000);

const rounds = sized(1, 10);
const cases = [
  ['agents', 'Approve'],
  ['agents', 'Reject'],
  ['ai', 'Approve'],
  ['ai', 'Reject'],
] as const;
const asking = chatFrames('', { tool_calls: [{ id: 'call_1', name: 'remove', arguments: '{"path":"/"}' }] });

/** Sends requests to a process. */
class Server {
  readonly #child: ChildProcess;
  readonly #exited: Promise<unknown>;
  #orders = 0;
  executed = 0;

  private constructor(child: ChildProcess) {
    this.#child = child;
    this.#exited = once(child, 'exit');
  }

  static async start(database: string, model: string): Promise<Server> {
    const script = childProgram(join(__dirname, 'approval-process.ts'));
    const child = spawn(process.execPath, [script, database, model], {
      cwd: join(__dirname, '..', '..'),
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    const server = new Server(child);
    await once(child, 'message');
    return server;
  }

  async ask(request: unknown, at = 0): Promise<Report> {
    const id = ++this.#orders;
    this.#child.send({ id, at, request });
    for (;;) {
      const [report] = (await once(this.#child, 'message')) as [Report];
      if (report.id !== id) continue;
      this.executed = report.executed;
      return report;
    }
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#exited;
  }
}

function testRestarts(databaseUrl: () => string): void {
  let model: ModelServer;
  beforeEach(async () => (model = await startModelServer()));
  afterEach(() => model.close());

  test('each decision is counted once, in one of two processes that began after the question', async () => {
    const { store, close } = await openStore(databaseUrl());
    const before = await Server.start(databaseUrl(), model.url);
    const threads: { threadId: string; value: string }[] = [];
    for (let round = 0; round < rounds; round++) {
      for (const [sdk, value] of cases) {
        model.reply(asking);
        const { events } = await before.ask(createThread(sdk));
        threads.push({ threadId: events.find(({ thread }) => thread)!.thread!.id, value });
      }
    }
    await before.kill();
    const [one, other] = await Promise.all([1, 2].map(() => Server.start(databaseUrl(), model.url)));
    const load = async (threadId: string): Promise<ThreadItem[]> =>
      (await store.loadThreadItems(threadId, { limit: 100, after: null, order: 'asc' }, {})).data;
    let approved = 0;
    try {
      for (const { threadId, value } of threads) {
        const form = (await load(threadId)).find((item) => item.type === 'structured_input');
        if (form?.type !== 'structured_input') throw new Error('there is no form');
        model.reply(chatFrames('Done'));
        const request = structuredInput(threadId, form.id, { [form.inputs[0]!.id]: { values: [value] } });
        const at = Date.now() + 5;
        const reports = await Promise.all([one!.ask(request, at), other!.ask(request, at)]);
        expect(reports.map(({ outcome }) => outcome).sort()).toEqual(['conflict', 'ok']);
        if (value === 'Approve') approved++;
        expect(one!.executed + other!.executed).toBe(approved);
        const texts = (await load(threadId)).flatMap((item) =>
          item.type === 'assistant_message' ? item.content.map(({ text }) => text) : [],
        );
        expect(texts).toEqual(['Done']);
      }
    } finally {
      await Promise.all([one!.kill(), other!.kill()]);
      await close();
    }
  });
}

describe('SQLite', () => {
  const folder = temporaryFolder();
  testRestarts(() => `file:${join(folder, 'chat.db')}`);
});

// Each process takes seconds to load both SDKs.
if (isLong) {
  const describeServer = findPostgres() ? describe : describe.skip;
  describeServer(findPostgres() ? 'PostgreSQL' : `PostgreSQL, ${noPostgres}`, () => {
    let server: PostgresServer;
    beforeAll(async () => {
      server = await startPostgres();
    });
    afterAll(() => server?.stop());
    testRestarts(() => server.url);
  });
}
