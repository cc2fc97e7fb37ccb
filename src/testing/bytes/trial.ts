// The argument of each test of the attachment suite: a new store, two owners, and functions that write and read bytes.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { AttachmentStore, ByteRange, BytesInfo, BytesKey } from '../../attachments/attachment-store';
import { NotFoundError } from '../../errors';
import { type Expect, userIds } from '../trial';

/** The argument of a test. The store is new and empty. */
export interface BytesTrial {
  readonly store: AttachmentStore;
  /** The context of a user. `bob` is the context of another user. */
  readonly ann: unknown;
  readonly bob: unknown;
  /** Returns the owner of a user. */
  ownerOf: (userId: string) => string;
  /** Returns a key of Ann. */
  key: (id: string) => BytesKey;
  /** Writes bytes in chunks of 64 KiB. */
  write: (key: BytesKey, bytes: Buffer, mimeType?: string) => Promise<BytesInfo>;
  /** Reads all bytes, or a range of them. */
  read: (key: BytesKey, range?: ByteRange) => Promise<Buffer>;
  /** Fails unless both values are the same data. */
  equal: (actual: unknown, expected: unknown) => void;
  /** Fails unless both buffers have the same bytes. */
  same: (actual: Buffer, expected: Buffer) => void;
  /** Fails unless there are no bytes under the key. */
  missing: (key: BytesKey) => Promise<void>;
}

/** A test, whose name describes the store. */
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
    // Compared as a digest, so that a failure does not print megabytes.
    same: (actual, expected) => equal(digestOf(actual), digestOf(expected)),
    missing: async (key) => {
      equal(await outcome(store.statBytes(key)), 'NotFoundError');
      equal(await outcome(store.readBytes(key).then(buffer)), 'NotFoundError');
    },
  };
}

/** The details of written bytes, without the signal. */
export const details = { mimeType: 'application/octet-stream', name: 'a file.bin' };

/** Returns pseudo-random bytes, which are the same for the same seed. */
export function makeBytes(size: number, seed = 1): Buffer {
  // Repeated at a length that is not a multiple of the size of a piece.
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

/** Returns `'NotFoundError'` for such a rejection, `'rejected'` for another one, and otherwise `'resolved'`. */
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
