// The options of stores and registries: a misspelt one is refused by name, because it would be ignored otherwise.
import { MemoryAttachmentStore, MemoryStore } from 'chatkit-express';
import { DiskAttachmentStore } from 'chatkit-express/disk';
import { MongoStore } from 'chatkit-express/mongodb';
import { MySqlStore } from 'chatkit-express/mysql';
import { PostgresStore } from 'chatkit-express/postgres';
import { RedisRunRegistry } from 'chatkit-express/redis';
import { S3AttachmentStore } from 'chatkit-express/s3';
import { SqliteStore } from 'chatkit-express/sqlite';
import { ChatKitError } from '../src/errors';

const owner = () => 'ada';
const pool = { query() {}, connect() {} };

test.each<[string, new (options: never) => object, object]>([
  ['MemoryStore', MemoryStore, {}],
  ['MemoryAttachmentStore', MemoryAttachmentStore, {}],
  ['SqliteStore', SqliteStore, {}],
  ['PostgresStore', PostgresStore, { pool, owner }],
  ['MySqlStore', MySqlStore, {}],
  ['MongoStore', MongoStore, {}],
  ['DiskAttachmentStore', DiskAttachmentStore, {}],
  ['S3AttachmentStore', S3AttachmentStore, {}],
  ['RedisRunRegistry', RedisRunRegistry, {}],
])('%s refuses a misspelt option by name', (name, Class, options) => {
  let error: unknown;
  try {
    new Class({ ...options, ownr: owner } as never);
  } catch (thrown) {
    error = thrown;
  }
  expect(error).toBeInstanceOf(ChatKitError);
  expect(error).toMatchObject({
    code: 'invalid_request',
    message: expect.stringMatching(new RegExp(`^${name}: there is no option \`ownr\`, only .*`)),
  });
});

test('the registry of PostgresStore refuses a misspelt option by name', () => {
  const store = new PostgresStore({ pool, owner } as never);
  expect(() => store.runRegistry({ leaseMS: 600 } as never)).toThrow(
    'PostgresRunRegistry: there is no option `leaseMS`, only leaseMs, heartbeatMs, snapshotMs',
  );
  expect(() => store.runRegistry({ leaseMs: 600, heartbeatMs: 200, snapshotMs: 100, listen: false })).not.toThrow();
});

describe.each([
  ['MemoryStore', MemoryStore],
  ['MemoryAttachmentStore', MemoryAttachmentStore],
])('%s', (name, Class) => {
  test.each<[string, unknown, string]>([
    ['a function', owner, 'give it an object of options'],
    ['a list', [owner], 'give it an object of options'],
    ['an owner that is a name', { owner: 'userId' }, '`owner` must be a function'],
  ])('refuses %s', (_what, options, message) => {
    expect(() => new Class(options as never)).toThrow(`${name}: ${message}`);
  });

  test.each<[string, unknown]>([
    ['no options', undefined],
    ['an owner', { owner }],
    ['no owner', { owner: undefined }],
  ])('accepts %s', (_what, options) => {
    expect(() => new Class(options as never)).not.toThrow();
  });
});
