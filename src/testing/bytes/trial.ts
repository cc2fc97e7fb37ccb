// What each test of the attachment suite is given: a fresh store, two owners, and bytes to write and to read.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { AttachmentStore, ByteRange, BytesInfo, BytesKey } from '../../attachments/attachment-store';
import { NotFoundError } from '../../errors';
import { type Expect, userIds } from '../trial';

/** One test: its store is its own, and empty. */
export interface BytesTrial {
  readonly store: AttachmentStore;
  /** The contexts of two users. */
  readonly ann: unknown;
  readonly bob: unknown;
  /** The owner of the user with this id. */
  ownerOf: (userId: string) => string;
  /** A key of Ann's. */
  key: (id: string) => BytesKey;
  /** Writes bytes, in pieces of 64 KiB. */
  write: (key: BytesKey, bytes: Buffer, mimeType?: string) => Promise<BytesInfo>;
  /** Reads all that there is, or a range of it. */
  read: (key: BytesKey, range?: ByteRange) => Promise<Buffer>;
  /** Fails unless both are the same data. */
  equal: (actual: unknown, expected: unknown) => void;
  /** Fails unless both have the same bytes. */
  same: (actual: Buffer, expected: Buffer) => void;
  /** Fails unless nothing can be read under the key. */
  missing: (key: BytesKey) => Promise<void>;
}

/** A test, and what it says of the store. */
export interface BytesCase {
  readonly name: string;
  readonly check: (trial: BytesTrial) => Promise<void>;
}

export function startBytesTrial(
  store: AttachmentStore,
  contextOf: (userId: string) => unknown,
  expect?: Expect,
): BytesTrial {
  const equal = expect
    ? (actual: unknown, expected: unknown) => void expect(actual).toEqual(expected)
    : (actual: unknown, expected: unknown) => assert.deepEqual(actual, expected);
  const [ann, bob] = userIds.map(contextOf);
  const ownerOf = (userId: string) => store.ownerOf(contextOf(userId));
  return {
    store,
    ann,
    bob,
    ownerOf,
    key: (id) => ({ owner: ownerOf(userIds[0]), id }),
    write: (key, bytes, mimeType = 'application/octet-stream') =>
      store.writeBytes(key, Readable.from(pieces(bytes)), {
        ...details,
        mimeType,
        signal: new AbortController().signal,
      }),
    read: async (key, range) => buffer(await store.readBytes(key, range)),
    equal,
    // A digest, so that a failure does not print megabytes.
    same: (actual, expected) => equal(digestOf(actual), digestOf(expected)),
    missing: async (key) => {
      equal(await outcome(store.statBytes(key)), 'NotFoundError');
      equal(await outcome(store.readBytes(key).then(buffer)), 'NotFoundError');
    },
  };
}

/** What bytes are written with, but for the signal. */
export const details = { mimeType: 'application/octet-stream', name: 'a file.bin' };

/** Bytes that look random, and are the same for the same seed. */
export function makeBytes(size: number, seed = 1): Buffer {
  // Repeated, at a length that is no multiple of any piece.
  const block = Buffer.alloc(Math.min(size, 9973));
  let state = seed * 2654435761 + 1;
  for (let index = 0; index < block.length; index++) {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    block[index] = state >>> 24;
  }
  return Buffer.alloc(size, block);
}

export function* pieces(bytes: Buffer, size = 64 * 1024): Generator<Buffer> {
  for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size);
}

/** `'NotFoundError'` for a rejection with one, `'rejected'` for another, else `'resolved'`. */
export async function outcome(answer: Promise<unknown>): Promise<string> {
  try {
    await answer;
    return 'resolved';
  } catch (error) {
    return error instanceof NotFoundError ? 'NotFoundError' : 'rejected';
  }
}

function digestOf(bytes: Buffer): { size: number; sha256: string } {
  return { size: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
}
