// docs/attachments-s3.md: its rules are what browsers and the store need, on a real S3 server.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import {
  type CORSRule,
  CreateMultipartUploadCommand,
  type LifecycleRule,
  PutBucketCorsCommand,
  PutBucketLifecycleConfigurationCommand,
} from '@aws-sdk/client-s3';
import { S3AttachmentStore } from 'chatkit-express/s3';
import ts from 'typescript';
import { describeWithS3, type S3Server, startS3 } from '../support/s3-server';
import { fencesOf, firstCode, readPage, root, sectionOf, tableRows } from './markdown';

const page = readPage('docs/attachments-s3.md');
/** The first JSON of a section. */
const jsonOf = (heading: string): unknown => {
  const code = /```json\n(.*?)```/s.exec(sectionOf(page, heading))?.[1];
  return JSON.parse(code!);
};

test('has a row for every option, with its default', () => {
  const file = join(root, 'src/attachments/s3.ts');
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.ES2022, true);
  const options = source.statements.find(
    (statement) => ts.isInterfaceDeclaration(statement) && statement.name.text === 'S3AttachmentStoreOptions',
  ) as ts.InterfaceDeclaration;
  const rows = tableRows(sectionOf(page, 'Options'));
  expect(rows.map(([name]) => firstCode(name!))).toEqual(options.members.map((member) => member.name!.getText()));
  for (const [index, member] of options.members.entries())
    expect(rows[index]![1] === 'required').toBe(member.questionToken === undefined);
});

describeWithS3('on a server', () => {
  let server: S3Server;
  beforeAll(async () => {
    server = await startS3();
  }, 120_000);
  afterAll(() => server?.stop());

  test('the CORS rules let the page send a file, and no other page', async () => {
    const CORSRules = jsonOf('CORS') as CORSRule[];
    await server.client().send(new PutBucketCorsCommand({ Bucket: server.bucket, CORSConfiguration: { CORSRules } }));
    const store = new S3AttachmentStore({ client: server.client(), bucket: server.bucket, owner: () => 'shared' });
    const details = { mimeType: 'text/plain', size: 5, name: 'a.txt', expiresInMs: 60_000 };
    const { url, headers } = await store.createUploadDescriptor({ owner: 'ann', id: 'a' }, details);
    const names = [...Object.keys(headers), 'chatkit-frame-instance-id'].sort();
    const ask = async (origin: string) =>
      fetch(url, {
        method: 'OPTIONS',
        headers: { origin, 'access-control-request-method': 'PUT', 'access-control-request-headers': names.join(',') },
      });
    const allowed = await ask('https://chat.example.com');
    expect(allowed.status).toBe(200);
    expect(allowed.headers.get('access-control-allow-origin')).toBe('https://chat.example.com');
    expect(allowed.headers.get('access-control-allow-methods')).toMatch(/\bPUT\b/);
    expect(allowed.headers.get('access-control-allow-headers')!.toLowerCase().split(/, ?/).sort()).toEqual(names);
    expect((await ask('https://other.example.com')).status).toBe(403);
  });

  test('the lifecycle rule is one that S3 takes', async () => {
    // versitygw has no lifecycle.
    if (server.program !== 'moto') return;
    const LifecycleConfiguration = jsonOf('Lifecycle') as { Rules: LifecycleRule[] };
    const command = new PutBucketLifecycleConfigurationCommand({ Bucket: server.bucket, LifecycleConfiguration });
    expect((await server.client().send(command)).$metadata.httpStatusCode).toBe(200);
  });

  test('the policy allows what the store asks for, and nothing else', async () => {
    const actions: Record<string, string> = {
      PutObjectCommand: 's3:PutObject',
      CreateMultipartUploadCommand: 's3:PutObject',
      UploadPartCommand: 's3:PutObject',
      CompleteMultipartUploadCommand: 's3:PutObject',
      AbortMultipartUploadCommand: 's3:AbortMultipartUpload',
      GetObjectCommand: 's3:GetObject',
      HeadObjectCommand: 's3:GetObject',
      CopyObjectCommand: 's3:PutObject',
      ListObjectsV2Command: 's3:ListBucket',
      DeleteObjectCommand: 's3:DeleteObject',
      ListMultipartUploadsCommand: 's3:ListBucketMultipartUploads',
    };
    // No request of its own: by it S3 says that an object is missing.
    const asked = new Set(['s3:ListBucket']);
    const client = server.client();
    client.middlewareStack.add(
      (next, context) => (args) => {
        asked.add(actions[context.commandName!] ?? context.commandName!);
        return next(args);
      },
      { step: 'initialize' },
    );
    const store = new S3AttachmentStore({ client, bucket: server.bucket, owner: () => 'shared' });
    const key = { owner: 'ann', id: 'policy' };
    const signal = new AbortController().signal;
    const write = async (size: number) =>
      store.writeBytes(key, Readable.from([Buffer.alloc(size)]), { mimeType: 'a/b', name: 'a', signal });
    await write(10);
    await write(6_000_000);
    await store.statBytes(key);
    (await store.readBytes(key)).destroy();
    await store.createDownloadUrl(key, { mimeType: 'a/b', name: 'a', disposition: 'inline', expiresInMs: 1000 });
    await store.createUploadDescriptor(key, { mimeType: 'a/b', name: 'a', size: 1, expiresInMs: 1000 });
    await store.deleteBytes(key);
    await server.client().send(new CreateMultipartUploadCommand({ Bucket: server.bucket, Key: 'shared/left' }));
    await store.removeUnfinished(new Date(Date.now() + 60_000));

    const { Statement } = jsonOf('Permissions') as { Statement: { Action: string[] }[] };
    expect(Statement.flatMap(({ Action }) => Action).sort()).toEqual([...asked].sort());
  });
});

test('every JSON of the page is read by a test', () => {
  const count = fencesOf(page).filter(({ language }) => language === 'json').length;
  expect(count).toBe(['CORS', 'Lifecycle', 'Permissions'].length);
});
