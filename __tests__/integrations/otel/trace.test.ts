// The traces and metrics of a real server: HTTP, Express, pg, and the client of a model, with the official instrumentations.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { chatFrames } from '../../support/model-frames';
import { type ModelServer, startModelServer } from '../../support/model-server';
import { describeOnPostgres } from '../../support/postgres-server';
import { createThread } from '../../support/requests';

interface SpanData {
  name: string;
  kind: number;
  id: string;
  traceId: string;
  parentId?: string;
  start: number;
  end: number;
  attributes: Record<string, unknown>;
  status: { code: number; message?: string };
}
interface Report {
  spans: SpanData[];
  points: { name: string; attributes: Record<string, unknown>; value: number }[];
}

const isServer = ({ kind }: SpanData) => kind === 1;
const [unset, failed] = [0, 2];
const usage = { prompt_tokens: 12, completion_tokens: 7, total_tokens: 19 };

describeOnPostgres('a traced server', (on) => {
  let model: ModelServer;
  let child: ChildProcess;
  let url: string;
  beforeAll(async () => {
    model = await startModelServer();
    const script = join(__dirname, 'traced-server.cjs');
    child = spawn(process.execPath, ['--require', 'tsx/cjs', script, on.server.url, model.url], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    const [{ port }] = (await once(child, 'message')) as [{ port: number }];
    url = `http://127.0.0.1:${port}/chatkit`;
  }, 60_000);
  afterAll(async () => {
    child.disconnect();
    await model.close();
  });

  async function post(text: string, headers: Record<string, string> = {}): Promise<{ status: number; body: string }> {
    const frames = chatFrames('Good evening');
    const counted = { id: 'chatcmpl-1', object: 'chat.completion.chunk', model: 'tiny-2', choices: [], usage };
    model.reply([...frames.slice(0, -1), counted, frames.at(-1)!]);
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(createThread(text)),
    });
    return { status: response.status, body: await response.text() };
  }

  async function report(): Promise<Report> {
    child.send('report');
    const [message] = (await once(child, 'message')) as [Report];
    return message;
  }

  it('has one trace for a request, as long as the stream, with the hook and its queries inside the run', async () => {
    expect((await post('Hello')).body).toContain('evening');
    const { spans } = await report();
    expect(new Set(spans.map(({ traceId }) => traceId)).size).toBe(1);
    const http = spans.find(isServer)!;
    const run = spans.find(({ name }) => name === 'invoke_agent helper')!;
    const inRun = spans.filter(({ parentId }) => parentId === run.id);
    expect(http.name).toBe('POST /chatkit threads.create');
    expect(http.status.code).toBe(unset);
    expect(http.end).toBeGreaterThanOrEqual(run.end);
    for (const span of spans) {
      expect(span.start).toBeGreaterThanOrEqual(http.start);
      expect(span.end).toBeLessThanOrEqual(http.end);
    }
    const byId = new Map(spans.map((span) => [span.id, span]));
    let root = run;
    for (let parent = byId.get(run.parentId!); parent; parent = byId.get(parent.parentId!)) root = parent;
    expect(root).toBe(http);
    expect(inRun.map(({ attributes }) => attributes['db.statement'] ?? attributes['db.query.text'])).toContain(
      'SELECT 1 AS hook',
    );
    expect(inRun.filter(({ attributes }) => String(attributes['url.full']).startsWith(model.url))).toHaveLength(1);
    expect(run.attributes).toMatchObject({
      'gen_ai.operation.name': 'invoke_agent',
      'gen_ai.agent.name': 'helper',
      'gen_ai.usage.input_tokens': 12,
      'gen_ai.usage.output_tokens': 7,
      'chatkit.operation': 'threads.create',
      'chatkit.run.outcome': 'completed',
      'chatkit.run.items': 1,
    });
    expect(run.status.code).toBe(unset);
  });

  it('marks the span of a run whose hook failed, and records no message', async () => {
    expect((await post('Please fail')).status).toBe(200);
    const { spans } = await report();
    const run = spans.find(({ name }) => name === 'invoke_agent helper')!;
    expect(run.status).toEqual({ code: failed, message: 'RangeError' });
    expect(run.attributes).toMatchObject({ 'error.type': 'RangeError', 'chatkit.run.outcome': 'failed' });
    expect(JSON.stringify(spans.filter((span) => isServer(span) || span === run))).not.toMatch(/secret|Please fail/);
  });

  it('marks the HTTP span of a request that failed in `context`', async () => {
    expect((await post('Hello', { 'x-broken': '1' })).status).toBe(500);
    const { spans } = await report();
    const http = spans.find(isServer)!;
    expect(http.status.code).toBe(failed);
    expect(spans.some(({ name }) => name.startsWith('invoke_agent'))).toBe(false);
  });

  it('measures runs, their time and their tokens, without ids, texts or owners', async () => {
    await post('Hello again');
    const { points } = await report();
    const named = (name: string) => points.filter((point) => point.name === name);
    expect(named('chatkit.runs.open')).toEqual([
      { name: 'chatkit.runs.open', attributes: { 'chatkit.hook': 'respond' }, value: 0 },
    ]);
    expect(named('chatkit.run.duration').map(({ attributes }) => attributes['chatkit.outcome'])).toEqual(
      expect.arrayContaining(['completed', 'failed']),
    );
    expect(named('chatkit.run.time_to_first_event')).toHaveLength(1);
    const tokens = named('gen_ai.client.token.usage');
    expect(tokens.map(({ attributes }) => attributes['gen_ai.token.type'])).toEqual(['input', 'output']);
    expect(tokens[0]!.value).toBe(3 * 12);
    expect(JSON.stringify(points)).not.toMatch(/thr_|run_|req_|secret|Hello/);
  });
});
