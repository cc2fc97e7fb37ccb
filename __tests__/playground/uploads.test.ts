// Uploads, by both of the official client's strategies.
import { Uploader, type UploadAnswer, type UploadRequest } from '../../playground/src/protocol/uploads';
import { type Answer, json, scripted } from './scripted';

const file = new File(['some words'], 'words.txt', { type: 'text/plain' });

function setUp(answers: Answer[], answer: Partial<UploadAnswer> | Error = {}) {
  const { transport, log, sent } = scripted(answers);
  const uploads: UploadRequest[] = [];
  const send = async (request: UploadRequest) => {
    uploads.push(request);
    request.onProgress(0.5);
    if (answer instanceof Error) throw answer;
    return { status: 200, statusText: 'OK', headers: {}, text: '', ...answer };
  };
  const uploader = new Uploader({ transport, log, send, directUrl: 'http://chat.test/chatkit/upload' });
  const progress: number[] = [];
  const controller = new AbortController();
  const watcher = { onProgress: (part: number) => void progress.push(part), signal: controller.signal };
  return { uploader, uploads, transport, log, sent, watcher, progress, controller };
}

const formFile = ({ body }: UploadRequest) => (body as FormData).get('file') as File;

describe('direct', () => {
  const attachment = { id: 'atc_1', type: 'file', name: 'words.txt', mime_type: 'text/plain' };

  it('posts a form with the field `file` and the client’s headers', async () => {
    const { uploader, uploads, transport, watcher, progress, log } = setUp([], { text: JSON.stringify(attachment) });
    await expect(uploader.upload('direct', file, watcher)).resolves.toEqual(attachment);
    expect(uploads[0]).toMatchObject({
      method: 'POST',
      url: 'http://chat.test/chatkit/upload',
      headers: { 'chatkit-frame-instance-id': transport.frameId, 'accept-language': 'en' },
    });
    expect(formFile(uploads[0]!).name).toBe('words.txt');
    expect(progress).toEqual([0.5]);
    expect(log.snapshot()).toMatchObject([{ kind: 'upload', status: 200, requestBytes: 10, outcome: 'done' }]);
  });

  it('fills in what the answer leaves out but id and type', async () => {
    const { uploader, watcher } = setUp([], { text: '{"id":"a","mime_type":"text/plain"}' });
    await expect(uploader.upload('direct', file, watcher)).resolves.toEqual({
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
    const { uploader, watcher } = setUp([], answer);
    await expect(uploader.upload('direct', file, watcher)).rejects.toThrow(message);
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
    const { uploader, uploads, sent, transport, watcher } = setUp([created('PUT', { 'X-Amz-Acl': 'private' })]);
    const attachment = await uploader.upload('two_phase', file, watcher);
    expect(sent[0]).toMatchObject({
      type: 'attachments.create',
      params: { name: 'words.txt', size: 10, mime_type: 'text/plain' },
    });
    expect(uploads[0]).toMatchObject({ method: 'PUT', url: 'http://bucket.test/put' });
    expect(uploads[0]!.headers).toEqual({
      'chatkit-frame-instance-id': transport.frameId,
      'content-type': 'text/plain',
      'x-amz-acl': 'private',
    });
    expect(uploads[0]!.body).toBe(file);
    expect(attachment).toEqual({ id: 'atc_1', type: 'file', name: 'words.txt', mime_type: 'text/plain' });
  });

  it.each(['POST', 'put', 'PATCH'])('posts a form when the method is %s', async (method) => {
    const { uploader, uploads, watcher } = setUp([created(method)]);
    await uploader.upload('two_phase', file, watcher);
    expect(uploads[0]!.method).toBe('POST');
    expect(formFile(uploads[0]!).size).toBe(10);
    expect(uploads[0]!.headers).not.toHaveProperty('content-type');
  });

  it('says so when there is nowhere to send the file to', async () => {
    const { uploader, watcher } = setUp([json({ id: 'atc_1', type: 'file' })]);
    await expect(uploader.upload('two_phase', file, watcher)).rejects.toThrow('no upload_descriptor');
  });
});

it('tells a broken connection from a removed file', async () => {
  const { uploader, watcher, log, controller } = setUp([], new Error('gone'));
  await expect(uploader.upload('direct', file, watcher)).rejects.toThrow('The upload failed');
  controller.abort();
  await expect(uploader.upload('direct', file, watcher)).rejects.toThrow('gone');
  expect(log.snapshot().map(({ outcome }) => outcome)).toEqual(['failed', 'aborted']);
});
