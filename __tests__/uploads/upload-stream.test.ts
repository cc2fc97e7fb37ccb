// UploadStream: how many bytes it takes, and when it reads them.
import { once } from 'node:events';
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

test('a client that left before anything was read fails the upload at once', async () => {
  const source = new PassThrough().destroy();
  await once(source, 'close');
  const stream = new UploadStream(source, { max: 10 });
  const left = { code: 'invalid_request', message: 'file: the upload ended early' };
  await expect(Promise.race([stream.head(), idle()])).rejects.toMatchObject(left);
  await expect(buffer(stream)).rejects.toMatchObject(left);
});

test('a client that leaves in the middle fails the upload, and its error is the cause', async () => {
  for (const error of [undefined, new Error('reset')]) {
    const source = new PassThrough();
    const reading = buffer(new UploadStream(source, { max: 10 }).release());
    source.write('abc');
    source.destroy(error);
    await expect(reading).rejects.toMatchObject({ message: 'file: the upload ended early', cause: error });
  }
});

test('an empty file is refused, and a file of one byte is taken', async () => {
  const read = (bytes: Buffer) => {
    const source = new PassThrough();
    source.end(bytes);
    return new UploadStream(source, { max: 10 }).head();
  };
  await expect(read(Buffer.alloc(0))).rejects.toMatchObject({ message: 'file: the file is empty' });
  expect(await read(Buffer.alloc(1))).toHaveLength(1);
});

test('a source whose file was refused keeps no listener but the one for errors', async () => {
  const source = new PassThrough();
  const names = ['data', 'end', 'close', 'error'];
  const before = names.map((name) => source.listenerCount(name));
  const stream = new UploadStream(source, { max: 10 });
  source.write(Buffer.alloc(11));
  await expect(stream.head()).rejects.toMatchObject({ code: 'too_large' });
  const added = names.map((name, index) => source.listenerCount(name) - before[index]!);
  expect(added).toEqual([0, 0, 0, 1]);
  source.destroy(new Error('reset')); // ends no process
  await idle();
});
