// The start of the example, as a process: its port, its page, its end.
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { message } from './demo';
import { listening, startExample } from './start';

jest.setTimeout(30_000);

test('it prints the port that it chose, answers, and ends open streams and itself on SIGTERM', async () => {
  const child = startExample('memory:');
  const { origin } = await listening(child);
  expect(await (await fetch(origin)).text()).toContain('ChatKit playground');
  expect(await (await fetch(`${origin}/official/`)).text()).toContain('<openai-chatkit');

  const body = JSON.stringify({ type: 'threads.create', params: { input: message('stream') } });
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(`${origin}/chatkit`, { method: 'POST', headers, body });
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  const stream = await response.text();
  expect(stream.trimEnd().split('\n').at(-1)).toMatch(/^data: \{"type":"error"/);
  expect(await exited).toEqual([0, null]);
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
