// An `owner` that does not return the id of a user: every user gets a 401, and the log says why.
import { chatkitMiddleware, type ChatKitOptions, MemoryStore } from 'chatkit-express';
import express from 'express';
import request from 'supertest';
import { RecordingLogger } from '../support/recording-logger';

const list = { type: 'threads.list', params: {} };

/** An endpoint whose store has this owner. `context` is left out where it is undefined. */
function endpoint(owner: (context: never) => unknown, context?: () => object) {
  const logger = new RecordingLogger();
  const store = new MemoryStore({ owner: owner as () => string });
  const options = { store, logger, async *respond() {}, ...(context && { context }) };
  const app = express().use('/chatkit', chatkitMiddleware(options as unknown as ChatKitOptions));
  const post = () => request(app).post('/chatkit').send(list);
  return { logger, post };
}

const reported = ({ lines }: RecordingLogger) => lines.filter(({ level }) => level === 'warn' || level === 'error');

test('a forgotten `context` is named, once', async () => {
  const { logger, post } = endpoint(({ userId }: { userId: string }) => userId);
  for (let time = 0; time < 3; time++) await post().expect(401);
  expect(reported(logger)).toMatchObject([{ level: 'error', fields: { received: 'undefined' } }]);
  expect(reported(logger)[0]!.message).toMatch(/the option `context` is missing: add `context:/);
});

test.each<[string, unknown, string]>([
  ['a number', 42, 'a number'],
  ['undefined', undefined, 'undefined'],
  ['null', null, 'null'],
  ['an empty string', '', 'an empty string'],
  ['an object', { id: 'ada' }, 'an object'],
  ['a promise', Promise.resolve('ada'), 'a promise'],
  ['a promise that rejects', undefined, 'a promise'],
])('an owner that is %s is named, once, with the remedy', async (what, owner, received) => {
  const rejects = what.endsWith('rejects');
  const { logger, post } = endpoint(
    () => (rejects ? Promise.reject(new Error('down')) : owner),
    () => ({ userId: 'ada' }),
  );
  for (let time = 0; time < 3; time++) await post().expect(401);
  expect(reported(logger)).toMatchObject([{ level: 'error', fields: { received } }]);
  expect(reported(logger)[0]!.message).toMatch(/`owner` must return a string.*`String\(id\)`/);
  expect(JSON.stringify(logger.lines)).not.toContain('ada'); // the value may be private
});

test('an owner that is a string is let in, and leaves no line', async () => {
  const { logger, post } = endpoint(
    ({ userId }: { userId: string }) => userId,
    () => ({ userId: 'ada' }),
  );
  await post().expect(200);
  expect(logger.lines).toEqual([]);
});

test('a request of a wrong type is answered with what was received, once', async () => {
  const { post } = endpoint(
    () => 'ada',
    () => ({ userId: 'ada' }),
  );
  const { body } = await post().send({ type: 'threads.make', params: {} }).expect(400);
  expect(body.message.match(/threads\.make/g)).toHaveLength(1);
  expect(body.message.length).toBeLessThan(100);
});
