// The start of the example, as a process: its port, its page, its end.
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { root } from '../docs/markdown';
import { findPostgres, noPostgres, type PostgresServer, startPostgres } from '../support/postgres-server';
import { message } from './demo';
import { listening, startExample } from './start';

jest.setTimeout(30_000);

test('it prints the port that it chose, answers, and on SIGTERM lets open streams finish and ends by itself', async () => {
  const child = startExample('memory:', 0, { compiled: false });
  const { origin } = await listening(child);
  expect(await (await fetch(origin)).text()).toContain('ChatKit playground');
  expect(await (await fetch(`${origin}/official/`)).text()).toContain('<openai-chatkit');

  const body = JSON.stringify({ type: 'threads.create', params: { input: message('stream') } });
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(`${origin}/chatkit`, { method: 'POST', headers, body });
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  const stream = await response.text();
  expect(stream.trimEnd().split('\n').at(-1)).toMatch(/^data: \{"type":"thread.item.done"/);
  expect(await exited).toEqual([0, null]);
});

test('its end is the one that docs/deployment.md shows', () => {
  const regionOf = (path: string) =>
    /\/\/ #region shutdown\n(.*?)\/\/ #endregion/s.exec(readFileSync(join(root, path), 'utf8'))?.[1];
  expect(regionOf('example-app/server.ts')).toBe(regionOf('docs/examples/deployment.ts'));
  expect(regionOf('example-app/server.ts')).toContain('chatkit.close(');
});

(findPostgres() ? describe : describe.skip)(findPostgres() ? 'on PostgreSQL' : noPostgres, () => {
  let postgres: PostgresServer;
  beforeAll(async () => void (postgres = await startPostgres()), 90_000);
  afterAll(() => postgres?.stop());

  test('its pool does not keep it alive, nor does a connection that is kept open', async () => {
    const child = startExample(postgres.url);
    const { origin } = await listening(child);
    expect(await (await fetch(`${origin}/chatkit`)).json()).toEqual({ status: 'ok' }); // its connection is kept
    const body = JSON.stringify({ type: 'threads.create', params: { input: message('hello') } });
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(`${origin}/chatkit`, { method: 'POST', headers, body });
    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    expect(await response.text()).toContain('"type":"thread.item.done"');
    expect(await exited).toEqual([0, null]);
  });
});

test('it says so when the port is taken', async () => {
  const other = createServer().listen(0);
  await once(other, 'listening');
  const { port } = other.address() as AddressInfo;
  const child = startExample('memory:', port);
  const [errors, exit] = await Promise.all([text(child.stderr), once(child, 'exit')]);
  expect(errors).toContain(`Port ${port} is taken. Choose another: PORT=${port + 1} npm run example`);
  expect(exit).toEqual([1, null]);
  other.close();
});
