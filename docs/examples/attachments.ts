// #region setup
import { chatkitMiddleware } from 'chatkit-express';
import { DiskAttachmentStore } from 'chatkit-express/disk';
import { SqliteStore } from 'chatkit-express/sqlite';
import Database from 'libsql';
import { respond } from './assistant';

interface User {
  userId: string;
}
const owner = ({ userId }: User) => userId;

const store = new SqliteStore<User>({ database: new Database('chat.db'), owner });
await store.migrate();

const chatkit = chatkitMiddleware<User>({
  store,
  attachmentStore: new DiskAttachmentStore<User>({ directory: 'uploads', owner }),
  uploads: {
    maxBytes: 20 * 1024 * 1024,
    accept: ['image/*', 'application/pdf', '.md'],
    secret: process.env['UPLOAD_SECRET'],
    sweepEveryMs: 60 * 60 * 1000,
  },
  context: (request) => ({ userId: request.get('x-user') ?? 'nobody' }),
  respond,
});
// #endregion

// #region sweep
console.log(`Deleted ${await chatkit.sweep()} attachments that were never sent`);
// #endregion
