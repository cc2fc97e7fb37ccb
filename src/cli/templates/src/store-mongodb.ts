// Opens the store: MongoDB at DATABASE_URL. Without the URL it is memory, so that you can try the app first.
import { MemoryStore } from 'chatkit-express';
import { MongoStore } from 'chatkit-express/mongodb';
import { MongoClient } from 'mongodb';
import type { User } from './session';

const url = process.env['DATABASE_URL'];
if (!url && process.env['NODE_ENV'] === 'production') throw new Error('Set DATABASE_URL');

const owner = ({ userId }: User) => userId;
const client = url ? await MongoClient.connect(url) : undefined;

export const store = client ? new MongoStore<User>({ db: client.db(), owner }) : new MemoryStore<User>({ owner });
if (store instanceof MongoStore) await store.migrate(); // creates the indexes

/** The place of the threads, in the output of the server. */
export const place = client ? 'MongoDB' : 'memory, until the server stops. Set DATABASE_URL to keep them in MongoDB';

/** Closes the store. Call it after the last request. */
export async function closeStore(): Promise<void> {
  await client?.close();
}
