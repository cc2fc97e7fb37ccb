// The indexes of MongoStore. A version is the index in a list, as in the SQL stores.
import { ChatKitError } from '../../errors';
import { isDuplicate, type MongoDatabase } from './driver';

interface Index {
  collection: 'chatkit_rows' | 'chatkit_attachments';
  keys: Record<string, 1>;
  unique?: boolean;
}

/**
 * The indexes that each version adds. Only append, and the previous release must work with each new version, because
 * its instances run while the migration does.
 */
const migrations: readonly (readonly Index[])[] = [
  [
    // Admits one writer at each position. Finds the end of a list.
    { collection: 'chatkit_rows', keys: { list: 1, position: 1 }, unique: true },
    { collection: 'chatkit_rows', keys: { list: 1, id: 1 }, unique: true },
    // For pages, so that they skip deleted items.
    { collection: 'chatkit_rows', keys: { list: 1, gone: 1, position: 1 } },
    // For the removal of deleted threads.
    { collection: 'chatkit_rows', keys: { ended_at: 1 } },
    { collection: 'chatkit_rows', keys: { purged: 1 } },
    { collection: 'chatkit_attachments', keys: { owner: 1, id: 1 }, unique: true },
    { collection: 'chatkit_attachments', keys: { owner: 1, thread: 1 } },
    { collection: 'chatkit_attachments', keys: { thread: 1, leased_at: 1, saved_at: 1 } },
  ],
];

/**
 * Creates the indexes that are missing, and records the version. Can be called by several processes at once.
 * @throws ChatKitError `internal` when the database is newer than this version of the package.
 */
export async function migrate(db: MongoDatabase): Promise<void> {
  const versions = db.collection('chatkit_migrations');
  const row = (await versions.findOne({}, { sort: { _id: -1 } })) as { _id: number } | null;
  const newest = row?._id ?? -1;
  if (newest >= migrations.length) {
    throw new ChatKitError(
      'internal',
      `The database's schema is version ${newest}, newer than version ${migrations.length - 1}, which this version of ` +
        'chatkit-express knows. Update chatkit-express, or restore the backup from before the update',
    );
  }
  for (let version = newest + 1; version < migrations.length; version++) {
    for (const { collection, keys, unique } of migrations[version] ?? []) {
      await db.collection(collection).createIndex(keys, unique ? { unique } : {});
    }
    // The version is recorded last, so that an interrupted migration is repeated.
    await versions.insertMany([{ _id: version }]).catch((error: unknown) => {
      if (!isDuplicate(error)) throw error; // another process has migrated
    });
  }
}
