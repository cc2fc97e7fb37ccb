// Answers of the real SDK, stored by a real PostgreSQL: a database that takes its time must not cost an event.
import { run, setTracingDisabled, Agent } from '@openai/agents';
import type { RespondTurn, ThreadStreamEvent } from 'chatkit-express';
import { AgentContext, ResponseStreamConverter, streamAgentResponse } from 'chatkit-express/agents';
import { PostgresStore } from 'chatkit-express/postgres';
import { Pool } from 'pg';
import * as agents from '@openai/agents';
import { modelOf, toolOf } from '../../support/agents';
import { ask, type Context, serve, storedItems } from '../../support/core';
import { functionCallFrames, messageFrames, reasoningFrames, responseFrames } from '../../support/model-frames';
import { type ModelServer, startModelServer } from '../../support/model-server';
import { findPostgres, noPostgres, type PostgresServer, startPostgres } from '../../support/postgres-server';
import { createThread } from '../../support/requests';
import { sized } from '../../support/sizes';

setTracingDisabled(true);
const runs = sized(60, 200);

/** Asks a database, as an application would that keeps its links in one. */
class AskingConverter extends ResponseStreamConverter {
  constructor(readonly pool: Pool) {
    super();
  }
  override async urlCitationToAnnotation(citation: Parameters<ResponseStreamConverter['urlCitationToAnnotation']>[0]) {
    await this.pool.query('SELECT 1');
    return super.urlCitationToAnnotation(citation);
  }
}

const describeServer = findPostgres() ? describe : describe.skip;
describeServer(findPostgres() ? 'on PostgreSQL' : noPostgres, () => {
  let server: PostgresServer;
  let pool: Pool;
  let model: ModelServer;
  let store: PostgresStore<Context>;
  beforeAll(async () => {
    [server, model] = await Promise.all([startPostgres(), startModelServer()]);
    pool = new Pool({ connectionString: server.url });
    store = new PostgresStore<Context>({ pool, owner: ({ user }) => user });
    await store.migrate();
  }, 120_000);
  afterAll(async () => {
    await model?.close();
    await pool?.end();
    await server?.stop();
  });

  async function* respond(turn: RespondTurn<Context>) {
    const chat = new AgentContext(turn);
    const look = toolOf(agents, 'look', async (context) => {
      await context.addWorkflowTask({ type: 'custom', title: 'Looking' });
      await context.streamWidget({ type: 'Card', children: [{ type: 'Text', value: 'Found' }] });
    });
    const assistant = new Agent<AgentContext<Context>>({
      name: 'assistant',
      instructions: 'answer',
      model: modelOf(agents, model.url),
      tools: [look],
    });
    const result = await run(assistant, 'Look', { context: chat, stream: true, signal: turn.signal });
    yield* streamAgentResponse(chat, result, { converter: new AskingConverter(pool) });
  }

  /** One string, so that each answer comes in one chunk. */
  const inOneChunk = (frames: readonly object[]) => [
    responseFrames(frames)
      .map((frame) => `data: ${JSON.stringify(frame)}\n\n`)
      .join(''),
  ];

  test(`${runs} answers lose nothing`, async () => {
    const annotation = { type: 'url_citation', url: 'https://example.com', title: 'A page', start_index: 0 };
    const order = ['user_message', 'workflow', 'widget', 'assistant_message'];
    for (let number = 0; number < runs; number++) {
      const text = messageFrames('Here it is', { id: `msg_${number}`, annotations: [{ ...annotation, end_index: 4 }] });
      model.reply(
        inOneChunk([...reasoningFrames(['I look']), ...functionCallFrames('look', '{}', { output_index: 1 })]),
        inOneChunk(text),
      );
      const core = serve({ store, respond });
      const events = await ask(core, createThread('Look'));
      const [created] = events;
      const stored = await storedItems(core, created?.type === 'thread.created' ? created.thread.id : '');
      expect(stored.map(({ type }) => type)).toEqual(order);
      expect(idsOf(events, 'thread.item.done')).toEqual(stored.map(({ id }) => id));
      expect(idsOf(events, 'thread.item.added')).toEqual([stored[1]!.id, stored[3]!.id]);
      expect(stored[1]).toMatchObject({ workflow: { tasks: [{ content: 'I look' }, { title: 'Looking' }] } });
      expect(stored[3]).toMatchObject({ content: [{ text: 'Here it is', annotations: [{ index: 4 }] }] });
    }
  }, 120_000);
});

const idsOf = (events: readonly ThreadStreamEvent[], type: string): string[] =>
  events.flatMap((event) => (event.type === type && 'item' in event ? [event.item.id] : []));
