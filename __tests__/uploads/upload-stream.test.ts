// UploadStream: how many bytes it takes, and when it reads them.
import { PassThrough } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { headBytes } from '../../src/uploads/media-type';
import { UploadStream } from '../../src/uploads/upload-stream';
import { idle } from '../support/gate';

test.each([
  ['of the greatest size', { max: 10 }, 10, null],
  ['of one byte more', { max: 10 }, 11, 'too_large'],
  ['of the announced size', { max: 10, announced: 5 }, 5, null],
  ['of one byte more than announced', { max: 10, announced: 5 }, 6, 'invalid_request'],
  ['of one byte less than announced', { max: 10, announced: 5 }, 4, 'invalid_request'],
])('a file %s', async (_what, size, length, code) => {
  const source = new PassThrough();
  const reading = buffer(new UploadStream(source, size).release());
  source.end(Buffer.alloc(length));
  if (code === null) expect(await reading).toHaveLength(length);
  else await expect(reading).rejects.toMatchObject({ code });
  expect(source.errored).toBeNull(); // it is the connection that carries the answer
});

test('the source is read no further than the head until the bytes are released', async () => {
  const source = new PassThrough();
  const stream = new UploadStream(source, { max: 1_000_000 });
  source.write(Buffer.alloc(10_000));
  expect(await stream.head()).toHaveLength(headBytes);
  expect(source.isPaused()).toBe(true);
  source.end(Buffer.alloc(10_000));
  expect(await buffer(stream.release())).toHaveLength(20_000);
});

test('the source is paused while nobody reads, and goes on when somebody does', async () => {
  const source = new PassThrough();
  const stream = new UploadStream(source, { max: 1_000_000 }).release();
  source.write(Buffer.alloc(200_000));
  await idle();
  expect(source.isPaused()).toBe(true);
  source.end(Buffer.alloc(10));
  expect(await buffer(stream)).toHaveLength(200_010);
});

test('the source is paused when a file is refused', async () => {
  const source = new PassThrough();
  const stream = new UploadStream(source, { max: 10 }).release();
  source.write(Buffer.alloc(11));
  await expect(buffer(stream)).rejects.toMatchObject({ code: 'too_large' });
  expect([source.isPaused(), source.destroyed]).toEqual([true, false]);
});
