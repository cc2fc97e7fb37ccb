// Uploads, by both of the official client's strategies.
import { ChatKitClient, type UploadAnswer, type UploadRequest } from 'chatkit-express/client';
import { ExchangeLog } from '../../playground/src/protocol/exchange';
import { recorderOf } from '../../playground/src/protocol/recorder';
import { type Answer, json } from './scripted';

const file = new File(['some words'], 'words.txt', { type: 'text/plain' });

const commonHeaders = { 'chatkit-frame-instance-id': expect.stringMatching(/^[-0-9a-f]{36}$/) as string };

function setUp(answers: Answer[], answer: Partial<UploadAnswer> | Error = {}) {
  const log = new ExchangeLog();
  const sent: { type: string; params: object }[] = [];
  const uploads: UploadRequest[] = [];
  const recorder = recorderOf(log, {
    send: async (_url, init) => {
      sent.push(JSON.parse(init!.body as string));
      return answers.shift()!(null);
    },
    sendFile: async (request) => {
      uploads.push(request);
      request.onProgress(0.5);
      if (answer instanceof Error) throw answer;
      return { status: 200, statusText: 'OK', headers: {}, text: '', ...answer };
    },
  });
  const sender = new ChatKitClient({
    url: 'http://chat.test/chatkit',
    headers: { 'accept-language': 'en' },
    ...recorder,
  });
  const progress: number[] = [];
  const controller = new AbortController();
  const options = { onProgress: (part: number) => void progress.push(part), signal: controller.signal };
  const upload = (strategy: 'direct' | 'two_phase') => sender.upload(file, { strategy, ...options });
  return { upload, uploads, log, sent, progress, controller };
}

const formFile = ({ body }: UploadRequest) => (body as FormData).get('file') as File;

describe('direct', () => {
  const attachment = { id: 'atc_1', type: 'file', name: 'words.txt', mime_type: 'text/plain' };

  it('posts a form with the field `file` and the client’s headers', async () => {
    const { upload, uploads, progress, log } = setUp([], { text: JSON.stringify(attachment) });
    await expect(upload('direct')).resolves.toEqual(attachment);
    expect(uploads[0]).toMatchObject({
      method: 'POST',
      url: 'http://chat.test/chatkit/upload',
      headers: { ...commonHeaders, 'accept-language': 'en' },
    });
    expect(formFile(uploads[0]!).name).toBe('words.txt');
    expect(progress).toEqual([0.5]);
    expect(log.snapshot()).toMatchObject([{ kind: 'upload', status: 200, requestBytes: 10, outcome: 'done' }]);
  });

  it('fills in what the answer leaves out but id and type', async () => {
    const { upload } = setUp([], { text: '{"id":"a","mime_type":"text/plain"}' });
    await expect(upload('direct')).resolves.toEqual({
      id: 'a',
      type: 'file',
      name: 'words.txt',
      mime_type: 'text/plain',
    });
  });

  it.each([
    ['has no id', { text: '{"mime_type":"text/plain"}' }, 'no id or no mime_type'],
    ['refuses it', { status: 413, text: '{"message":"Too large"}' }, 'Too large'],
    ['refuses it without words', { status: 413, statusText: 'Payload Too Large' }, 'Payload Too Large'],
  ])('fails when the answer %s', async (_name, answer, message) => {
    const { upload } = setUp([], answer);
    await expect(upload('direct')).rejects.toThrow(message);
  });
});

describe('two-phase', () => {
  const created = (method: string, headers = {}) =>
    json({
      id: 'atc_1',
      type: 'file',
      name: 'words.txt',
      mime_type: 'text/plain',
      upload_descriptor: { url: 'http://bucket.test/put', method, headers },
    });

  it('asks first, then puts the raw bytes with the descriptor’s headers', async () => {
    const { upload, uploads, sent } = setUp([created('PUT', { 'X-Amz-Acl': 'private' })]);
    const attachment = await upload('two_phase');
    expect(sent[0]).toMatchObject({
      type: 'attachments.create',
      params: { name: 'words.txt', size: 10, mime_type: 'text/plain' },
    });
    expect(uploads[0]).toMatchObject({ method: 'PUT', url: 'http://bucket.test/put' });
    expect(uploads[0]!.headers).toEqual({
      ...commonHeaders,
      'content-type': 'text/plain',
      'x-amz-acl': 'private',
    });
    expect(uploads[0]!.body).toBe(file);
    expect(attachment).toEqual({ id: 'atc_1', type: 'file', name: 'words.txt', mime_type: 'text/plain' });
  });

  it.each(['POST', 'put', 'PATCH'])('posts a form when the method is %s', async (method) => {
    const { upload, uploads } = setUp([created(method)]);
    await upload('two_phase');
    expect(uploads[0]!.method).toBe('POST');
    expect(formFile(uploads[0]!).size).toBe(10);
    expect(uploads[0]!.headers).not.toHaveProperty('content-type');
  });

  it('says so when there is nowhere to send the file to', async () => {
    const { upload } = setUp([json({ id: 'atc_1', type: 'file' })]);
    await expect(upload('two_phase')).rejects.toThrow('no upload_descriptor');
  });
});

it('tells a broken connection from a removed file', async () => {
  const { upload, uploads, log, controller } = setUp([], new Error('gone'));
  await expect(upload('direct')).rejects.toThrow('The upload failed');
  const removed = upload('direct');
  while (uploads.length < 2) await Promise.resolve();
  controller.abort();
  await expect(removed).rejects.toThrow('aborted');
  expect(log.snapshot().map(({ outcome }) => outcome)).toEqual(['failed', 'aborted']);
});
