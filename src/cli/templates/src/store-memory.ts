// Opens the store: memory, which a restart empties. node_modules/chatkit-express/docs/stores.md has the other stores.
import { MemoryStore } from 'chatkit-express';
import type { User } from './session';

export const store = new MemoryStore<User>({ owner: ({ userId }) => userId });

/** The place of the threads, in the output of the server. */
export const place = 'memory, until the server stops';

/** Closes the store. Call it after the last request. */
export async function closeStore(): Promise<void> {
  // Memory needs no closing. Another store does.
}
