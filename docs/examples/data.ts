// Exporting, erasing and purging, as docs/data.md shows it.
import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { chatkitMiddleware, MemoryStore } from 'chatkit-express';

interface User {
  userId: string;
}

const store = new MemoryStore<User>({ owner: ({ userId }) => userId });
const context = () => ({ userId: 'ada' });
const chatkit = chatkitMiddleware<User>({ store, context, async *respond() {} });

// #region export
/** Writes the data of a user to a file, one JSON record per line, and the bytes of attachments to files beside it. */
export async function exportUser(userId: string, folder: string) {
  await pipeline(
    async function* () {
      for await (const record of chatkit.exportOwner({ userId })) {
        if (record.type === 'attachment' && record.open) {
          await pipeline(
            await record.open(),
            createWriteStream(`${folder}/${encodeURIComponent(record.attachment.id)}`),
          );
        }
        yield `${JSON.stringify(record)}\n`;
      }
    },
    createWriteStream(`${folder}/data.jsonl`),
  );
}
// #endregion

export async function others(userId: string) {
  // #region erase
  const { threads, attachments } = await chatkit.eraseOwner({ userId });
  console.log(`Erased ${threads} threads and ${attachments} attachments`);
  // #endregion
  // #region purge
  const olderThanMs = 90 * 24 * 60 * 60 * 1000;
  console.log(await chatkit.purge({ olderThanMs, dryRun: true })); // { threads: 12, attachments: 3 }
  await chatkit.purge({ olderThanMs });
  // #endregion
}
