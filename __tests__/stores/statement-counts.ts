// How many statements a request costs on each store, whatever the length of the thread is.
import type { Store } from 'chatkit-express';
import type { Context } from '../support/core';
import { countRequest, type RequestName } from './statement-requests';

export type StoreName = 'postgres' | 'sqlite' | 'mariadb' | 'mongodb';

/** The statements before a hook was called, or 0 where none is called, and in all. */
type Count = readonly [before: number, all: number];

/**
 * The counts of the requests. On SQLite and MariaDB, the statements that begin and end a transaction count as well. On
 * MongoDB a statement is a command that is sent to the server.
 */
export const counts: Record<RequestName, Record<StoreName, Count>> = {
  'a new thread, three items': { postgres: [1, 4], sqlite: [4, 7], mariadb: [5, 8], mongodb: [2, 5] },
  'a new thread with a key': { postgres: [2, 3], sqlite: [5, 6], mariadb: [6, 7], mongodb: [3, 4] },
  'a new thread with a key, again': { postgres: [0, 3], sqlite: [0, 3], mariadb: [0, 3], mongodb: [0, 3] },
  'a new thread with two files': { postgres: [5, 6], sqlite: [8, 9], mariadb: [17, 18], mongodb: [6, 7] },
  'a message': { postgres: [2, 3], sqlite: [2, 3], mariadb: [6, 7], mongodb: [2, 3] },
  'a message with a key': { postgres: [3, 4], sqlite: [3, 4], mariadb: [7, 8], mongodb: [3, 4] },
  'a message with a key, again': { postgres: [0, 4], sqlite: [0, 4], mariadb: [0, 4], mongodb: [0, 4] },
  'a message with two files': { postgres: [6, 7], sqlite: [6, 7], mariadb: [18, 19], mongodb: [6, 7] },
  'a message whose answer locks the thread': { postgres: [2, 4], sqlite: [2, 7], mariadb: [6, 12], mongodb: [2, 5] },
  'a retry of one item': { postgres: [2, 3], sqlite: [2, 7], mariadb: [2, 9], mongodb: [1, 4] },
  'a retry of 350 items': { postgres: [2, 3], sqlite: [2, 7], mariadb: [2, 9], mongodb: [1, 4] },
  'a retry with the id of an old item': { postgres: [2, 3], sqlite: [2, 7], mariadb: [2, 9], mongodb: [1, 4] },
  'a retry without an answer': { postgres: [2, 3], sqlite: [2, 6], mariadb: [2, 8], mongodb: [1, 4] },
  'a thread with its items': { postgres: [0, 2], sqlite: [0, 2], mariadb: [0, 2], mongodb: [0, 2] },
  'a thread without items': { postgres: [0, 2], sqlite: [0, 2], mariadb: [0, 2], mongodb: [0, 2] },
  'a page of threads': { postgres: [0, 1], sqlite: [0, 1], mariadb: [0, 1], mongodb: [0, 1] },
  'a page of threads after a cursor': { postgres: [0, 1], sqlite: [0, 1], mariadb: [0, 1], mongodb: [0, 1] },
  'an empty page of threads': { postgres: [0, 1], sqlite: [0, 1], mariadb: [0, 1], mongodb: [0, 1] },
  'a page of items': { postgres: [0, 1], sqlite: [0, 1], mariadb: [0, 1], mongodb: [0, 1] },
  'a page of items after a cursor': { postgres: [0, 1], sqlite: [0, 1], mariadb: [0, 1], mongodb: [0, 1] },
  'an empty page of items': { postgres: [0, 1], sqlite: [0, 1], mariadb: [0, 1], mongodb: [0, 1] },
  'an empty page of items after a cursor': { postgres: [0, 2], sqlite: [0, 2], mariadb: [0, 2], mongodb: [0, 1] },
  'a rename': { postgres: [0, 1], sqlite: [0, 4], mariadb: [0, 5], mongodb: [0, 2] },
  'an action that changes metadata': { postgres: [1, 2], sqlite: [1, 5], mariadb: [1, 6], mongodb: [1, 3] },
  'a sync action that changes an item': { postgres: [1, 2], sqlite: [1, 2], mariadb: [1, 2], mongodb: [1, 2] },
  'the output of a client tool': { postgres: [3, 4], sqlite: [6, 7], mariadb: [8, 9], mongodb: [4, 5] },
  'the first output of two': { postgres: [0, 3], sqlite: [0, 7], mariadb: [0, 8], mongodb: [0, 4] },
  'the last output of two': { postgres: [5, 6], sqlite: [11, 12], mariadb: [14, 15], mongodb: [6, 7] },
  'the last output of two, again': { postgres: [0, 4], sqlite: [0, 8], mariadb: [0, 12], mongodb: [0, 4] },
  'the answers to a form': { postgres: [3, 4], sqlite: [6, 7], mariadb: [8, 9], mongodb: [4, 5] },
  'a deletion': { postgres: [0, 3], sqlite: [0, 3], mariadb: [0, 3], mongodb: [0, 4] },
  'a deletion with two files': { postgres: [0, 3], sqlite: [0, 3], mariadb: [0, 3], mongodb: [0, 4] },
  'a rating': { postgres: [0, 1], sqlite: [0, 1], mariadb: [0, 1], mongodb: [0, 1] },
};

/** Registers a test for each request. `statements` are those that `store` has sent since the list was emptied. */
export function testStatements(
  name: StoreName,
  statements: string[],
  stores: () => { store: Store<Context>; other: Store<Context> },
): void {
  test.each(Object.keys(counts) as RequestName[])('%s', async (request) => {
    expect(await countRequest(request, statements, stores())).toEqual(counts[request][name]);
  });
}
