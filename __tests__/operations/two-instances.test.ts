// Results of client tools that arrive at two instances at the same moment, over one PostgreSQL.
import type { ChatKitOptions } from 'chatkit-express';
import { PostgresStore } from 'chatkit-express/postgres';
import { Pool } from 'pg';
import { ask, type Context, serve, startThread, storedItems } from '../support/core';
import { done, toolCall } from '../support/items';
import { findPostgres, noPostgres, type PostgresServer, startPostgres } from '../support/postgres-server';
import { toolOutput } from '../support/requests';

const rounds = 30;

const describeServer = findPostgres() ? describe : describe.skip;
describeServer(findPostgres() ? 'on PostgreSQL' : noPostgres, () => {
  let server: PostgresServer;
  let pools: Pool[];
  beforeAll(async () => {
    server = await startPostgres();
    pools = [new Pool({ connectionString: server.url }), new Pool({ connectionString: server.url })];
  }, 120_000);
  afterAll(async () => {
    await Promise.all((pools ?? []).map((pool) => pool.end()));
    await server?.stop();
  });

  test('each result belongs to one call, and the answer goes on once', async () => {
    const started = new Set<string>();
    const goneOn: string[] = [];
    const respond: ChatKitOptions<Context>['respond'] = async function* ({ thread, completed }) {
      if (started.has(thread.id)) return void goneOn.push(completed.map(({ id }) => id).join(' '));
      started.add(thread.id);
      for (const id of ['tc_1', 'tc_2', 'tc_3']) yield done(toolCall(thread, id));
    };
    const cores = await Promise.all(
      pools.map(async (pool) => {
        const store = new PostgresStore<Context>({ pool, owner: ({ user }) => user });
        await store.migrate();
        return serve({ store, respond });
      }),
    );
    for (let round = 0; round < rounds; round++) {
      const { threadId } = await startThread(cores[round % 2]!);
      const results = ['a', 'b', 'c'];
      await Promise.all(results.map((result, index) => ask(cores[index % 2]!, toolOutput(threadId, result))));
      const items = await storedItems(cores[0]!, threadId);
      const outputs = items.flatMap((item) => (item.type === 'client_tool_call' ? [item.output] : []));
      expect(outputs.sort()).toEqual(results);
    }
    expect(goneOn).toEqual(Array(rounds).fill('tc_1 tc_2 tc_3'));
  }, 60_000);
});
