// Reads return the written bytes, whole and in parts. Missing and deleted bytes are not found.
import { once } from 'node:events';
import { type BytesCase, makeBytes, outcome } from './trial';

const kib = 1024;

export const readingAndWriting: readonly BytesCase[] = [
  ...[1, 64 * kib - 1, 64 * kib, 64 * kib + 1, 6 * kib * kib + 7].map(
    (size) =>
      ({
        name: `${size} bytes are read as they were written`,
        check: async ({ write, read, same, key, equal, store }) => {
          const bytes = makeBytes(size);
          const info = await write(key('a'), bytes);
          equal(info.size, size);
          same(await read(key('a')), bytes);
          equal((await store.statBytes(key('a'))).size, size);
        },
      }) satisfies BytesCase,
  ),
  {
    name: 'bytes are not found before they are written and after they are deleted',
    check: async ({ store, write, missing, key }) => {
      await missing(key('a'));
      await write(key('a'), makeBytes(10));
      await store.deleteBytes(key('a'));
      await missing(key('a'));
    },
  },
  {
    name: 'bytes that are not there are deleted without an error',
    check: async ({ store, write, read, same, key }) => {
      await store.deleteBytes(key('a'));
      await write(key('other'), makeBytes(10));
      await store.deleteBytes(key('a'));
      same(await read(key('other')), makeBytes(10));
    },
  },
  {
    name: 'a part is read from its first byte to its last',
    check: async ({ write, read, same, key }) => {
      const bytes = makeBytes(200 * kib);
      await write(key('a'), bytes);
      for (const [start, end] of [
        [0, 0],
        [0, bytes.length - 1],
        [1, 1],
        [5, 70 * kib],
        [bytes.length - 1, bytes.length - 1],
      ] as const) {
        same(await read(key('a'), { start, end }), bytes.subarray(start, end + 1));
      }
    },
  },
  {
    name: 'bytes written again take the place of the old ones, and are told by another etag',
    check: async ({ store, write, read, same, key, equal }) => {
      const { etag: before } = await write(key('a'), makeBytes(1000, 1));
      const { etag: after } = await write(key('a'), makeBytes(1000, 2));
      same(await read(key('a')), makeBytes(1000, 2));
      const stat = await store.statBytes(key('a'));
      equal(stat.etag, after);
      if (before !== undefined) equal(before === after, false);
      equal(/^"|^W\/|"$/.test(stat.etag ?? ''), false);
    },
  },
  {
    name: 'what a write says is what is known afterwards',
    check: async ({ store, write, key, equal }) => {
      const written = await write(key('a'), makeBytes(100), 'image/png');
      const known = await store.statBytes(key('a'));
      equal({ size: known.size, etag: known.etag }, { size: written.size, etag: written.etag });
      if (known.mimeType !== undefined) equal(known.mimeType, 'image/png');
      if (known.lastModified !== undefined) equal(Number.isNaN(known.lastModified.getTime()), false);
    },
  },
  {
    name: 'a reader may leave early, and others read on',
    check: async ({ store, write, read, same, key, equal }) => {
      const bytes = makeBytes(3 * kib * kib);
      await write(key('a'), bytes);
      for (let count = 0; count < 20; count++) {
        const stream = await store.readBytes(key('a'));
        stream.on('error', () => undefined);
        await once(stream, 'readable');
        const closed = once(stream, 'close');
        stream.destroy();
        await closed;
      }
      same(await read(key('a')), bytes);
      await store.deleteBytes(key('a'));
      equal(await outcome(store.statBytes(key('a'))), 'NotFoundError');
    },
  },
];
