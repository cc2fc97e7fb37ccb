// A MongoDB server of a test's own: mongo-java-server on a free port, which is gone when the test's process is, or the
// server that $MONGO_URL names.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { type Db, MongoClient } from 'mongodb';
import { freePort } from './free-port';

/** A running server, with an empty database. */
export interface MongoServer {
  /** `mongodb://127.0.0.1:…/…`, with the name of the database. */
  readonly url: string;
  /** Ends the server, or drops the database of a server that `$MONGO_URL` names. */
  stop(): Promise<void>;
}

// npm runs tests and benchmarks in the package's folder. Jest loads this file as CommonJS, and tsx as a module.
const libraries = resolve('.cache/mongo');
const program = resolve('__tests__/support/mongo-server/MongoServer.java');

/** What to say where there is no MongoDB server: in the name of what is skipped. */
export const noMongo =
  'skipped, since there is no MongoDB server: no mongo-java-server in .cache/mongo with `java` of a JDK in PATH, and no ' +
  '$MONGO_URL. See "Development" in the README';

let found: boolean | undefined;

/** True where a server can be started, or `$MONGO_URL` names one. */
export function hasMongo(): boolean {
  found ??=
    Boolean(process.env['MONGO_URL']) ||
    (existsSync(libraries) && spawnSync('javac', ['-version'], { stdio: 'ignore' }).status === 0);
  return found;
}

/** Describes tests on a server of their own, which `on` gives access to while they run. Skips them without a server. */
export function describeOnMongo(
  name: string,
  tests: (on: { readonly url: string; readonly client: MongoClient; readonly db: Db }) => void,
): void {
  const describeServer = hasMongo() ? describe : describe.skip;
  describeServer(hasMongo() ? name : `${name}: ${noMongo}`, () => {
    let server: MongoServer | undefined;
    let client: MongoClient | undefined;
    beforeAll(async () => {
      server = await startMongo();
      client = await MongoClient.connect(server.url);
    }, 120_000);
    afterAll(async () => {
      await client?.close();
      await server?.stop();
    });
    tests({
      get url() {
        return server!.url;
      },
      get client() {
        return client!;
      },
      get db() {
        return client!.db();
      },
    });
  });
}

export async function startMongo(): Promise<MongoServer> {
  const given = process.env['MONGO_URL'];
  if (given) return ownDatabase(given);
  if (!hasMongo()) throw new Error(`MongoDB is ${noMongo}`);
  const port = await freePort();
  // These options make the start quick: the server lives for seconds.
  const quick = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-Xshare:auto'];
  const args = ['-Xmx700m', ...quick, '-cp', `${libraries}/*`, program, String(port)];
  const server = spawn('java', args, { stdio: ['pipe', 'pipe', 'pipe'] });
  let said = '';
  server.stderr.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-5000)));
  const exited = new Promise<void>((ended) => server.once('exit', () => ended()));
  const stop = async () => {
    server.stdin.end();
    await exited;
  };
  if (!(await isReady(server, exited))) throw new Error(`The MongoDB server did not start:\n${said}`);
  return { url: `mongodb://127.0.0.1:${port}/test`, stop };
}

/** Resolves when the server has printed that it is ready, or with false when it has ended. */
function isReady(server: ChildProcess, exited: Promise<void>): Promise<boolean> {
  const ready = new Promise<boolean>((tell) => server.stdout!.once('data', () => tell(true)));
  return Promise.race([ready, exited.then(() => false)]);
}

/** A database of its own on a server that runs already. */
async function ownDatabase(given: string): Promise<MongoServer> {
  const url = new URL(given);
  url.pathname = `/chatkit_${randomUUID().slice(0, 8)}`;
  const stop = async () => {
    const client = await MongoClient.connect(url.href);
    await client.db().dropDatabase();
    await client.close();
  };
  return { url: url.href, stop };
}
