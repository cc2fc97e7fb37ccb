// Sweeps of two processes on one PostgreSQL database: they share the work, and their counts are correct.
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import type { Attachment } from 'chatkit-express';
import { PostgresStore } from 'chatkit-express/postgres';
import { childProgram } from '../support/child-program';
import { clockPassed } from '../support/gate';
import { describeOnPostgres } from '../support/postgres-server';

const root = join(__dirname, '..', '..');
const count = 450;

/** Starts a process. `ready` resolves before its sweep, and `lines` when it has ended. */
function startSweeper(url: string) {
  const script = childProgram(join(__dirname, 'sweep-process.ts'));
  const child: ChildProcess = spawn(process.execPath, [script, url, 'sweeps'], {
    cwd: root,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let text = '';
  let isReady = (): void => undefined;
  const ready = new Promise<void>((resolve) => (isReady = resolve));
  child.stdout!.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
    if (text.startsWith('ready\n')) isReady();
  });
  const lines = new Promise<string[]>((resolve) => {
    child.once('close', () => {
      isReady();
      resolve(text.split('\n').slice(1, -1));
    });
  });
  return { ready, lines, start: () => child.stdin!.write('\n') };
}

describeOnPostgres('on a server', (on) => {
  test('two processes that sweep at once remove each attachment once, and count it once', async () => {
    const store = new PostgresStore({ pool: on.pool, owner: () => 'ann', schema: 'sweeps' });
    await store.migrate();
    const ids = Array.from({ length: count }, (_row, index) => `f_${index}`);
    const upload = { owner: 'ann', size: 1, created_at: '2026-01-02T03:04:05Z', stage: 'announced' };
    for (const id of ids) {
      const attachment = { id, name: 'a', mime_type: 'text/plain', type: 'file', upload };
      await store.saveAttachment(attachment as unknown as Attachment, {});
    }
    await clockPassed(1); // so that every attachment is older than `unsentAfterMs`
    const sweepers = [startSweeper(on.server.url), startSweeper(on.server.url)];
    await Promise.all(sweepers.map(({ ready }) => ready));
    for (const { start } of sweepers) start();
    const printed = await Promise.all(sweepers.map(({ lines }) => lines));
    const removed = printed.map((lines) => Number(/^removed (\d+)$/.exec(lines.at(-1)!)?.[1]));
    const deleted = printed.map((lines) => lines.slice(0, -1));
    expect(deleted.map(({ length }) => length)).toEqual(removed);
    expect(deleted.flat().sort()).toEqual(ids.sort());
    expect(Math.min(...removed)).toBeGreaterThan(0);
    expect((await store.loadAttachments({ limit: 1, after: null }, {})).data).toEqual([]);
  }, 60_000);
});
