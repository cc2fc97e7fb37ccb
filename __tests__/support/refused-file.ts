// A thread whose newest message has a PDF, an image and a text, in a store that answers late.
import { type Attachment, MemoryStore, type RespondTurn, type Thread, type ThreadItem } from 'chatkit-express';
import { ada, type Context } from './core';
import { createdAt } from './items';
import { RecordingLogger } from './recording-logger';
import { slow } from './slow-store';

const file = (name: string, mime_type: string): Attachment => ({ type: 'file', id: `atc_${name}`, name, mime_type });
const attachments = [file('a.pdf', 'application/pdf'), file('b.png', 'image/png'), file('c.txt', 'text/plain')];
const bytesOf: Record<string, Buffer> = {
  'a.pdf': Buffer.from('%PDF-1.7\n\x00', 'latin1'),
  'b.png': Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex'),
  'c.txt': Buffer.from('text'),
};

/** The answer of a provider that refuses a file. */
export const refusal = (message: string, status = 400) => ({ status, body: { error: { message, code: 'bad' } } });

/** A turn that answers the message, and the private metadata of its attachments. */
export async function turnWithFiles() {
  const store = slow(new MemoryStore<Context>());
  for (const attachment of attachments) await store.saveAttachment({ ...attachment, metadata: { mine: 1 } }, ada);
  const thread: Thread = { id: 'thr_1', created_at: createdAt, status: { type: 'active' }, metadata: {} };
  await store.saveThread(thread, ada);
  const message: ThreadItem = {
    type: 'user_message',
    id: 'msg_1',
    thread_id: thread.id,
    created_at: createdAt,
    content: [{ type: 'input_text', text: 'Read these' }],
    attachments,
    inference_options: {},
  };
  await store.addThreadItem(thread.id, message, ada);
  const logger = new RecordingLogger();
  const abort = new AbortController();
  const turn = {
    thread,
    store,
    context: ada,
    signal: abort.signal,
    logger,
    generateId: (type: 'message') => store.generateItemId(type, thread, ada),
    attachments: {
      toDataUrl: async ({ name, mime_type }: Attachment) =>
        `data:${mime_type};base64,${bytesOf[name]!.toString('base64')}`,
    },
  } as unknown as RespondTurn<Context>;
  const metadata = async () =>
    Promise.all(attachments.map(async ({ id }) => (await store.loadAttachment(id, ada)).metadata));
  return { turn, logger, metadata };
}

/** How the three files were sent in a request of any of the formats: the type of their part, or `name`. */
export function sentIn(body: { input?: unknown; messages?: unknown }): string[] {
  type Part = { type: string; text?: string };
  const messages = (body.input ?? body.messages) as { content: Part[] | string }[];
  // Chat Completions have the texts of a message as one.
  const textsIn = (content: string) => content.split('\n\n').map((text) => ({ type: 'text', text }));
  const parts = messages.flatMap(({ content }) => (Array.isArray(content) ? content : textsIn(content)));
  const files = parts.filter(({ text }) => text !== 'Read these');
  return files.map(({ type, text }) => (text?.startsWith('[') ? 'name' : type.replace(/^input_|_url$/g, '')));
}
