// Where the example keeps its threads: what DATABASE_URL says, and that they are there after a restart.
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { hasMongo, noMongo, startMongo } from '../support/mongo-server';
import { canUseMariadb, noMariadb, startMariadb } from '../support/mariadb-server';
import { findPostgres, noPostgres, startPostgres } from '../support/postgres-server';
import { createThread } from '../support/requests';
import { type Example, listening, startExample } from './start';

jest.setTimeout(60_000);
const folder = mkdtempSync(join(tmpdir(), 'chatkit-express-example-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const post = async (origin: string, body: object) => {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(`${origin}/chatkit`, { method: 'POST', headers, body: JSON.stringify(body) });
  return response.text();
};

async function stop(child: Example): Promise<unknown> {
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  return exited;
}

/** What the example printed, and the titles of its threads before and after a restart. */
async function restart(url: string) {
  const titles = async (origin: string) => {
    const page = JSON.parse(await post(origin, { type: 'threads.list', params: {} })) as { data: { title: string }[] };
    return page.data.map(({ title }) => title);
  };
  const first = startExample(url);
  const { origin, printed } = await listening(first);
  await post(origin, createThread('Remember me'));
  const before = await titles(origin);
  expect(await stop(first)).toEqual([0, null]);

  const second = startExample(url);
  const after = await titles((await listening(second)).origin);
  expect(await stop(second)).toEqual([0, null]);
  return { printed, before, after };
}

test('file: keeps them in that file', async () => {
  const { printed, before, after } = await restart(`file:${join(folder, 'chat.sqlite')}`);
  expect(printed).toMatch(/Its threads are kept in the SQLite file .*chat\.sqlite\. /);
  expect([before, after]).toEqual([['Remember me'], ['Remember me']]);
});

test('memory: forgets them', async () => {
  const { printed, before, after } = await restart('memory:');
  expect(printed).toContain('Its threads are kept in memory, until it stops. ');
  expect([before, after]).toEqual([['Remember me'], []]);
});

const testServer = findPostgres() ? test : test.skip;
testServer(`postgres: keeps them there${findPostgres() ? '' : ` (${noPostgres})`}`, async () => {
  const server = await startPostgres();
  try {
    const { printed, before, after } = await restart(server.url.replace('postgres@', 'postgres:s3cret@'));
    expect(printed).toMatch(/Its threads are kept in PostgreSQL at 127\.0\.0\.1:\d+\/postgres\. /);
    expect(printed).not.toContain('s3cret');
    expect([before, after]).toEqual([['Remember me'], ['Remember me']]);
  } finally {
    await server.stop();
  }
});

const testMongo = hasMongo() ? test : test.skip;
testMongo(`mongodb: keeps them there${hasMongo() ? '' : ` (${noMongo})`}`, async () => {
  const server = await startMongo();
  try {
    const { printed, before, after } = await restart(server.url);
    expect(printed).toMatch(/Its threads are kept in MongoDB at [^/ ]+\/\w+\. /);
    expect([before, after]).toEqual([['Remember me'], ['Remember me']]);
  } finally {
    await server.stop();
  }
});

const testMariadb = canUseMariadb() ? test : test.skip;
testMariadb(`mysql: keeps them there${canUseMariadb() ? '' : ` (${noMariadb})`}`, async () => {
  const server = await startMariadb();
  try {
    const { password } = new URL(server.url);
    const { printed, before, after } = await restart(server.url);
    expect(printed).toMatch(/Its threads are kept in MySQL at [^/ ]+\/chatkit_express_\w+\. /);
    if (password !== '') expect(printed).not.toContain(password);
    expect([before, after]).toEqual([['Remember me'], ['Remember me']]);
  } finally {
    await server.stop();
  }
});

test('anything else is refused', async () => {
  const child = startExample('redis://localhost/chat');
  const [errors, exit] = await Promise.all([text(child.stderr), once(child, 'exit')]);
  expect(errors).toContain('DATABASE_URL must be postgres://…, mysql://…, mongodb://…, file:… or memory:');
  expect(exit).toEqual([1, null]);
});
