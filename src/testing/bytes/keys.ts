// Keys: every pair of an owner and an id has its own bytes, whatever characters they contain.
import { allDone } from '../trial';
import type { BytesKey } from '../../attachments/attachment-store';
import { type BytesCase, makeBytes } from './trial';

const oddNames = [
  'a',
  'A',
  'a ',
  ' a',
  'a.',
  '.',
  '..',
  '../a',
  '..\\a',
  '/a',
  '/etc/passwd',
  'a/b',
  'a//b',
  'a\\b',
  'a%2Fb',
  'a+b',
  'a?b#c',
  'CON',
  'é',
  'e\u0301',
  'a\0b',
  '\u202Ea',
  '\ud800',
  '\ud801',
  '__proto__',
  'x'.repeat(300),
  `${'x'.repeat(300)}y`,
  '😀'.repeat(100),
];

export const keys: readonly BytesCase[] = [
  {
    name: 'ids of any characters are places of their own',
    check: async ({ store, key, write, read, same, missing }) => {
      for (const [index, id] of oddNames.entries()) await write(key(id), makeBytes(10, index));
      for (const [index, id] of oddNames.entries()) same(await read(key(id)), makeBytes(10, index));
      await store.deleteBytes(key('a'));
      await missing(key('a'));
      for (const [index, id] of oddNames.entries()) if (id !== 'a') same(await read(key(id)), makeBytes(10, index));
    },
  },
  {
    name: 'owners of any name are kept apart',
    check: async ({ store, write, read, same, missing }) => {
      const keyOf = (owner: string): BytesKey => ({ owner, id: 'i' });
      for (const [index, owner] of oddNames.entries()) await write(keyOf(owner), makeBytes(10, index));
      for (const [index, owner] of oddNames.entries()) same(await read(keyOf(owner)), makeBytes(10, index));
      await store.deleteBytes(keyOf('a'));
      await missing(keyOf('a'));
      same(await read(keyOf('A')), makeBytes(10, oddNames.indexOf('A')));
    },
  },
  {
    name: 'owner and id do not run into each other',
    check: async ({ write, missing }) => {
      await write({ owner: 'a', id: 'b/c' }, makeBytes(1));
      await missing({ owner: 'a/b', id: 'c' });
      await missing({ owner: 'ab', id: '/c' });
      await missing({ owner: 'a/b/c', id: 'b/c' });
    },
  },
  {
    name: 'twenty uploads at once are all there',
    check: async ({ key, write, read, same }) => {
      const ids = Array.from({ length: 20 }, (_row, index) => `a_${index}`);
      await allDone(ids.map((id, index) => write(key(id), makeBytes(100_000 + index, index))));
      for (const [index, id] of ids.entries()) same(await read(key(id)), makeBytes(100_000 + index, index));
    },
  },
  {
    name: 'of uploads to one key at once, one is there whole',
    check: async ({ key, write, read, equal, store }) => {
      const versions = Array.from({ length: 8 }, (_row, index) => makeBytes(150_000 + index, index));
      await allDone(versions.map((bytes) => write(key('a'), bytes)));
      const found = await read(key('a'));
      equal(versions.filter((bytes) => bytes.equals(found)).length, 1);
      equal((await store.statBytes(key('a'))).size, found.length);
    },
  },
  {
    name: 'the same bytes deleted at once are gone, with no error',
    check: async ({ key, write, store, missing }) => {
      await write(key('a'), makeBytes(100));
      await allDone(Array.from({ length: 10 }, () => store.deleteBytes(key('a'))));
      await missing(key('a'));
    },
  },
];

/** Tests of stores with owners: the contexts of two users lead to different bytes. */
export const contexts: readonly BytesCase[] = [
  {
    name: 'users have owners of their own, and the same one each time',
    check: async ({ store, ann, bob, equal }) => {
      equal(typeof store.ownerOf(ann), 'string');
      equal(store.ownerOf(ann), store.ownerOf(ann));
      equal(store.ownerOf(ann) === store.ownerOf(bob), false);
    },
  },
  {
    name: "another user's bytes are not there, and are not deleted",
    check: async ({ store, ann, bob, write, read, same, missing, key }) => {
      await write(key('a'), makeBytes(100));
      await missing({ owner: store.ownerOf(bob), id: 'a' });
      await store.deleteAttachment('a', bob);
      same(await read(key('a')), makeBytes(100));
      await store.deleteAttachment('a', ann);
      await missing(key('a'));
      await store.deleteAttachment('a', ann);
    },
  },
];
