// An endpoint that takes files onto a disk, with two users, and what the tests of it send.
import { existsSync, mkdtempSync, readdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Attachment, type AttachmentStore, MemoryStore, type UploadDescriptor } from 'chatkit-express';
import { DiskAttachmentStore } from 'chatkit-express/disk';
import { type Setup, start } from './endpoint';
import { storeUnderTest } from '../support/slow-store';

export interface User {
  user: string;
}

const owner = ({ user }: User) => user;
const folders: string[] = [];
afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
});

/** The first bytes of a PNG, and then some. */
export const png = Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n\0\0\0\rIHDR', 'latin1'), Buffer.alloc(500, 7)]);
/** Larger than the images that get a `data:` preview on a loopback address. */
export const largePng = Buffer.concat([png, Buffer.alloc(64 * 1024, 7)]);
export const pdf = Buffer.from('%PDF-1.7\nA document, or the beginning of one');
export const text = Buffer.from('Hello, this is a text.');

type UploadSetup = Omit<Setup, 'attachmentStore' | 'store'> & {
  bytes?: (directory: string) => AttachmentStore<User>;
};

/** The user is who the header `x-user` says. */
export async function startUploads({ bytes, ...setup }: UploadSetup = {}) {
  const directory = mkdtempSync(join(tmpdir(), 'chatkit-uploads-'));
  folders.push(directory);
  const files = bytes?.(directory) ?? new DiskAttachmentStore<User>({ directory, owner });
  const store = storeUnderTest(new MemoryStore<User>({ owner }));
  const saved = new Set<string>();
  const save = store.saveAttachment.bind(store);
  store.saveAttachment = async (attachment, context) => {
    saved.add(attachment.id);
    await save(attachment, context);
  };
  const endpoint = await start({
    ...setup,
    store: store,
    attachmentStore: files,
    context: (request) => ({ user: request.get('x-user') ?? 'ann' }),
  });
  const { url } = endpoint;

  return {
    ...endpoint,
    store,
    files,
    directory,
    /** All files that are on the disk, with the folder they are in. */
    onDisk: () =>
      readdirSync(directory, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => entry.name),
    temporary: () => (existsSync(join(directory, 'tmp')) ? readdirSync(join(directory, 'tmp')) : []),
    /** The ids of the descriptions that were ever saved and are still there. */
    async rows(context: User = { user: 'ann' }) {
      const ids = [...saved];
      const found = await Promise.allSettled(ids.map((id) => store.loadAttachment(id, context)));
      return ids.filter((_id, index) => found[index]!.status === 'fulfilled');
    },
    async ask(type: string, params: object, user = 'ann') {
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-user': user },
        body: JSON.stringify({ type, params }),
      });
      const body = await response.text();
      const isStream = response.headers.get('content-type') === 'text/event-stream';
      return { status: response.status, body: isStream ? body : JSON.parse(body) };
    },
    /** Uploads directly. */
    async upload(form: FormData | Buffer, user = 'ann') {
      const data = Buffer.isBuffer(form) ? formOf(form) : form;
      const response = await fetch(`${url}/upload`, { method: 'POST', headers: { 'x-user': user }, body: data });
      return { status: response.status, body: (await response.json()) as Attachment & { message?: string } };
    },
    /** Announces a file. */
    async announce(file: Buffer, { name = 'a.png', mime_type = 'image/png', size = file.length, user = 'ann' } = {}) {
      const { status, body } = await this.ask('attachments.create', { name, size, mime_type }, user);
      return { status, body: body as Attachment & { upload_descriptor: UploadDescriptor; message?: string } };
    },
    /** Sends a message with attachments, in a thread of its own unless one is named. */
    async send(attachments: string[], { user = 'ann', thread_id = '' } = {}) {
      const input = { content: [{ type: 'input_text', text: 'See this' }], attachments, inference_options: {} };
      if (thread_id !== '') return this.ask('threads.add_user_message', { thread_id, input }, user);
      return this.ask('threads.create', { input }, user);
    },
  };
}

export type Uploads = Awaited<ReturnType<typeof startUploads>>;

export function formOf(file: Buffer, { field = 'file', name = 'a.png', type = 'image/png' } = {}): FormData {
  const form = new FormData();
  form.append(field, new Blob([new Uint8Array(file)], { type }), name);
  return form;
}

/** Sends the bytes of an announced file, as a browser does. */
export async function put(url: string, file: Buffer, { type = 'image/png', method = 'PUT' } = {}) {
  const isForm = method === 'POST';
  const response = await fetch(url, {
    method,
    body: isForm ? formOf(file, { type }) : new Uint8Array(file),
    ...(!isForm && { headers: { 'content-type': type, 'chatkit-frame-instance-id': 'a' } }),
  });
  return { status: response.status, body: (await response.json()) as { message?: string } };
}

/** The id of the thread that a stream created. */
export function createdThread(stream: string): string {
  return /"type":"thread.created","thread":\{"id":"([^"]+)"/.exec(stream)![1]!;
}
