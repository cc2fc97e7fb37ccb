// Files on the disk: the assistant counts the words of the text files that the user attaches.
import { text } from 'node:stream/consumers';
import { chatkitMiddleware, MemoryStore, streamAnswer } from 'chatkit-express';
import { DiskAttachmentStore } from 'chatkit-express/disk';
import express from 'express';

interface User {
  userId: string;
}
const owner = ({ userId }: User) => userId;

const chatkit = chatkitMiddleware<User>({
  store: new MemoryStore<User>({ owner }),
  attachmentStore: new DiskAttachmentStore<User>({ directory: process.env['UPLOADS'] ?? 'uploads', owner }),
  uploads: { maxBytes: 1024 * 1024, accept: ['text/*'], sweepEveryMs: 60 * 60 * 1000 },
  context: (request) => ({ userId: request.get('x-user') ?? 'anybody' }), // put your sign-in here
  async *respond(turn) {
    const lines = [];
    for (const attachment of turn.input?.attachments ?? []) {
      const words = (await text(await turn.attachments.read(attachment))).split(/\s+/).filter(Boolean);
      lines.push(`${attachment.name} has ${words.length} words.`);
    }
    yield* streamAnswer(turn, lines.join('\n') || 'Attach a text file.');
  },
});

const app = express();
app.use('/chatkit', chatkit);
app.listen(Number(process.env['PORT'] ?? 3000));
