// A real S3 server of a test's own, over HTTP on a free port, that checks signatures. It is gone when the test's process is.
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import {
  CreateBucketCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  S3Client,
  type S3ClientConfig,
} from '@aws-sdk/client-s3';
import { freePort } from './free-port';

/** A running server, with an empty bucket. */
export interface S3Server {
  readonly url: string;
  readonly bucket: string;
  /** The name of the program. */
  readonly program: 'moto' | 'versitygw';
  /** A client that may do all. */
  client(config?: S3ClientConfig): S3Client;
  /** The keys of all objects that begin so. */
  objects(prefix?: string): Promise<string[]>;
  /** The keys of all multipart uploads that are not finished. */
  unfinished(): Promise<string[]>;
  /** Ends the server; what it holds is lost. */
  stop(): Promise<void>;
}

interface FoundProgram {
  program: S3Server['program'];
  path: string;
}

const bucket = 'attachments';
const accessKeyId = 'test-key';
const secretAccessKey = 'test-secret';
// npm runs tests and benchmarks in the package's folder. Jest loads this file as CommonJS, and tsx as a module.
const moto = resolve('.cache/moto/bin/python');
const motoScript = resolve('__tests__/support/s3-server.py');

/** What to say where there is no S3 server: in the name of what is skipped. */
export const noS3 =
  'skipped, since there is no S3 server: no moto in .cache/moto, and $MOTO_PYTHON names no Python that has it. ' +
  'See "Development" in the README';

/**
 * The command that runs a server, but for its port and folder: moto, from `$MOTO_PYTHON` or .cache/moto, or the program
 * that `$VERSITYGW` names. Undefined where there is none.
 */
export function findS3(): FoundProgram | undefined {
  const { VERSITYGW, MOTO_PYTHON = moto } = process.env;
  if (VERSITYGW) return { program: 'versitygw', path: VERSITYGW };
  return existsSync(MOTO_PYTHON) ? { program: 'moto', path: MOTO_PYTHON } : undefined;
}

/** `describe` where there is a server; elsewhere the block is skipped, which fails in CI. */
export function describeWithS3(name: string, tests: () => void): void {
  if (findS3()) describe(name, tests);
  else describe.skip(`${name}: ${noS3}`, tests);
}

export async function startS3(): Promise<S3Server> {
  const found = findS3();
  if (!found) throw new Error(`S3 is ${noS3}`);
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), 'chatkit-express-s3-'));
  const [command, ...args] = commandFor(found, port, folder);
  const server = spawn(command, args, {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, ROOT_ACCESS_KEY: accessKeyId, ROOT_SECRET_KEY: secretAccessKey },
  });
  let said = '';
  for (const stream of [server.stdout, server.stderr]) {
    stream.setEncoding('utf8');
    stream.on('data', (text: string) => (said = (said + text).slice(-5000)));
  }
  const exited = new Promise<void>((resolve) => server.once('exit', () => resolve()));
  const url = `http://127.0.0.1:${port}`;
  const clients: S3Client[] = [];
  const client = (config: S3ClientConfig = {}) => {
    const made = new S3Client({
      endpoint: url,
      region: 'us-east-1',
      forcePathStyle: true,
      credentials: { accessKeyId, secretAccessKey },
      ...config,
    });
    clients.push(made);
    return made;
  };
  const stop = async () => {
    for (const made of clients) made.destroy();
    server.stdin.end();
    await exited;
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await untilReady(client(), server, () => said);
  } catch (error) {
    await stop();
    throw error;
  }
  const lister = client();
  return {
    url,
    bucket,
    program: found.program,
    client,
    objects: (prefix) => objectsOf(lister, prefix),
    unfinished: () => unfinishedOf(lister),
    stop,
  };
}

/** Both end as soon as their standard input does, which the end of this process brings about too, even by kill -9. */
function commandFor({ program, path }: FoundProgram, port: number, folder: string): [string, ...string[]] {
  if (program === 'moto') return [path, motoScript, String(port), accessKeyId, secretAccessKey];
  const script = `"$1" --quiet --port "127.0.0.1:$2" posix "$3" < /dev/null & cat > /dev/null; kill $!; wait $!`;
  return ['sh', '-c', script, 'sh', path, String(port), folder];
}

async function untilReady(client: S3Client, server: ChildProcess, said: () => string): Promise<void> {
  const giveUpAt = Date.now() + 60_000;
  for (;;) {
    try {
      await client.send(new CreateBucketCommand({ Bucket: bucket }));
      return;
    } catch (cause) {
      if (server.exitCode !== null || Date.now() > giveUpAt)
        throw new Error(`The S3 server did not start:\n${said()}`, { cause });
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

async function objectsOf(client: S3Client, prefix?: string): Promise<string[]> {
  const keys: string[] = [];
  for (let after: string | undefined; ;) {
    const page = await client.send(
      new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, ContinuationToken: after }),
    );
    keys.push(...(page.Contents ?? []).map(({ Key }) => Key!));
    if (!page.IsTruncated) return keys;
    after = page.NextContinuationToken;
  }
}

async function unfinishedOf(client: S3Client): Promise<string[]> {
  const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket: bucket }));
  return Uploads.map(({ Key }) => Key!);
}
