// SqliteStore, where it is more than the suite asks: its options, the set-up of the file, migrations, and its statements.
import { join } from 'node:path';
import { ChatKitError } from 'chatkit-express';
import { type SqliteDatabase, SqliteStore } from 'chatkit-express/sqlite';
import { temporaryFolder } from '../support/temporary-folder';
import { allIds, everyCall, makeAttachment, makeNote, makeThread } from './rows';
import { drivers, type OpenDatabase, openDatabase } from './sqlite-drivers';

interface User {
  userId: string;
}
const ann: User = { userId: 'ann' };
const owner = (user: User) => user.userId;

const folder = temporaryFolder();
let files = 0;
const opened: OpenDatabase[] = [];
afterEach(() => {
  for (const database of opened.splice(0)) database.close();
});

describe.each(drivers)('SqliteStore with %s', (driver) => {
  const newFile = () => join(folder, `${++files}.db`);
  const open = (file = newFile()) => {
    const database = openDatabase(driver, file);
    opened.push(database);
    return database;
  };
  async function start(database: SqliteDatabase = open()) {
    const store = new SqliteStore<User>({ database, owner });
    await store.migrate();
    return store;
  }
  const tables = (database: SqliteDatabase) =>
    database
      .prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE 'chatkit%' ORDER BY name")
      .all()
      .map((row) => (row as { name: string }).name);
  const everyTable = ['chatkit_attachments', 'chatkit_items', 'chatkit_migrations', 'chatkit_threads'];
  const setting = (database: SqliteDatabase, name: string) =>
    Object.values(database.prepare(`PRAGMA ${name}`).all()[0] as object)[0] as unknown;

  test('sets up WAL, full synchronisation, a busy timeout and foreign keys', async () => {
    const database = open();
    for (const name of ['synchronous', 'busy_timeout', 'foreign_keys']) database.exec(`PRAGMA ${name} = 0`);
    await start(database);
    expect(
      ['journal_mode', 'synchronous', 'busy_timeout', 'foreign_keys'].map((name) => setting(database, name)),
    ).toEqual(['wal', 2, 5000, 1]);
  });

  test('is constructed without touching the database', () => {
    const database = open();
    new SqliteStore<User>({ database, owner });
    expect(tables(database)).toEqual([]);
  });

  test('migrates a fresh file, and finds nothing left to do in it later', async () => {
    const file = newFile();
    const database = open(file);
    const store = await start(database);
    expect(tables(database)).toEqual(everyTable);
    await store.saveThread(makeThread('t'), ann);
    await store.migrate();
    const again = await start(open(file));
    expect(await again.loadThread('t', ann)).toEqual(makeThread('t'));
    expect(database.prepare('SELECT version FROM chatkit_migrations').all()).toHaveLength(4);
  });

  test('refuses a schema that is newer than it knows, and changes nothing', async () => {
    const database = open();
    await start(database);
    database.exec('INSERT INTO chatkit_migrations (version) VALUES (99)');
    const late = new SqliteStore<User>({ database, owner });
    const refusal = { code: 'internal', message: expect.stringMatching(/version 99, newer than version 3/) };
    await expect(late.migrate()).rejects.toMatchObject(refusal);
    await expect(late.migrate()).rejects.toMatchObject(refusal); // no transaction was left open
    await expect(late.loadThread('t', ann)).rejects.toMatchObject({ code: 'internal' });
  });

  test('leaves nothing behind of a migration that fails', async () => {
    const database = open();
    database.exec('CREATE TABLE chatkit_items (of_somebody_else)');
    const store = new SqliteStore<User>({ database, owner });
    await expect(store.migrate()).rejects.toThrow(/already exists/);
    expect(tables(database)).toEqual(['chatkit_items']);
    database.exec('DROP TABLE chatkit_items');
    await store.migrate();
    expect(tables(database)).toEqual(everyTable);
  });

  test.each(Object.keys(everyCall))('says what is missing before migrate(): %s', async (name) => {
    const store = new SqliteStore<User>({ database: open(), owner });
    const error: unknown = await everyCall[name]!(store, ann).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ChatKitError);
    expect(error).toMatchObject({ code: 'internal', message: expect.stringContaining('await store.migrate()') });
  });

  test.each(Object.keys(everyCall))('asks for an owner, once, whatever it is asked: %s', async (name) => {
    const database = open();
    let asked = 0;
    const given: unknown[] = [undefined, null, '', 7, ['ann'], Promise.resolve('ann')];
    const store = new SqliteStore({ database, owner: () => given[asked++] as string });
    await store.migrate();
    for (const count of given.keys()) {
      await expect(everyCall[name]!(store, {})).rejects.toMatchObject({ code: 'unauthorized' });
      expect(asked).toBe(count + 1);
    }
  });

  test('prepares each statement once, and gives each the owner', async () => {
    const database = open();
    const prepared: string[] = [];
    const watched: SqliteDatabase = {
      exec: (sql) => database.exec(sql),
      prepare(sql) {
        prepared.push(sql);
        return database.prepare(sql);
      },
    };
    const store = await start(watched);
    prepared.splice(0);
    for (let round = 0; round < 3; round++) for (const call of Object.values(everyCall)) await call(store, ann);
    expect(new Set(prepared).size).toBe(prepared.length);
    expect(prepared.filter((sql) => !/\bowner = \?|\(owner, .*VALUES \(\?/.test(sql))).toEqual([]);
  });

  test('reads pages from an index, at the place of the cursor', async () => {
    const database = open();
    const plans: string[] = [];
    const watched: SqliteDatabase = {
      exec: (sql) => database.exec(sql),
      prepare(sql) {
        if (sql.includes('ORDER BY')) {
          const values = Array.from(sql.matchAll(/\?/g), () => 1);
          const steps = database.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...values) as { detail: string }[];
          plans.push(steps.map(({ detail }) => detail).join('; '));
        }
        return database.prepare(sql);
      },
    };
    const store = await start(watched);
    await store.saveThread(makeThread('t'), ann);
    await store.saveThread(makeThread('u'), ann);
    for (const id of ['i', 'j']) await store.addThreadItem('t', makeNote(id), ann);
    for (const order of ['asc', 'desc'] as const) {
      await allIds(store, ann, { order, limit: 1 });
      await allIds(store, ann, { order, limit: 1, threadId: 't' });
    }
    expect(plans).toHaveLength(8);
    for (const plan of plans) {
      expect(plan).toMatch(/SEARCH chatkit_(threads|items) USING INDEX chatkit_\1_in_order \((owner|thread)=\?/);
      // A page of items is the inner query of the statement: its own rows are read, and nothing else.
      expect(plan.replace('; SCAN page;', ';')).not.toMatch(/SCAN|TEMP B-TREE/);
    }
    expect(plans.filter((plan) => /position[<>]\?/.test(plan))).toHaveLength(4);
  });

  test('rejects with the error of the driver when another writer does not get ready, and is well after that', async () => {
    const file = newFile();
    const database = open(file);
    const store = await start(database);
    database.exec('PRAGMA busy_timeout = 20');
    const other = open(file);
    other.exec('BEGIN IMMEDIATE');
    await expect(store.saveThread(makeThread('t'), ann)).rejects.toThrow(/locked/);
    await expect(store.loadThread('t', ann)).rejects.toMatchObject({ code: 'not_found' }); // readers do not wait
    other.exec('COMMIT');
    await store.saveThread(makeThread('t'), ann);
    expect(await store.loadThread('t', ann)).toEqual(makeThread('t'));
  });

  test('keeps owners apart whose names a database would take for one', async () => {
    const store = await start();
    const long = 'x'.repeat(700);
    const names = ['a', 'a\0', 'a\0b', '\ud800', '\udfff', '\ufffd', '\u001a0000', '\0', long, `${long}y`, 'A', ' a'];
    for (const userId of names) {
      await store.saveThread(makeThread('t', { title: userId }), { userId });
      await store.addThreadItem('t', makeNote('i', userId), { userId });
    }
    for (const userId of names) {
      expect((await store.loadThreads({ limit: 10, after: null, order: 'asc' }, { userId })).data).toEqual([
        makeThread('t', { title: userId }),
      ]);
      expect(await store.loadItem('t', 'i', { userId })).toEqual(makeNote('i', userId));
    }
  });

  test('deletes the items with their thread, of its owner only', async () => {
    const database = open();
    const store = await start(database);
    const bob = { userId: 'bob' };
    for (const user of [ann, bob]) {
      await store.saveThread(makeThread('t'), user);
      await store.addThreadItem('t', makeNote('i'), user);
      await store.saveAttachment(makeAttachment('f', { thread_id: 't' }), user);
    }
    expect(await store.deleteThread('t', ann)).toEqual(['f']);
    expect(database.prepare('SELECT owner FROM chatkit_items').all()).toEqual([
      expect.objectContaining({ owner: 'bob' }),
    ]);
    expect(await store.loadItem('t', 'i', bob)).toEqual(makeNote('i'));
  });

  test('keeps the order of keys, and the JSON as it is', async () => {
    const database = open();
    const store = await start(database);
    const thread = makeThread('t', { metadata: { zebra: 1, a: '\0\ud800"\\', __proto: [1.5, null] } });
    await store.saveThread(thread, ann);
    expect(database.prepare('SELECT document FROM chatkit_threads').all()).toEqual([
      expect.objectContaining({ document: JSON.stringify(thread) }),
    ]);
  });
});

describe('the options of SqliteStore', () => {
  const database = { exec: () => undefined, prepare: () => ({ all: () => [] }) };

  test.each([[undefined], [null], ['chat.db'], [{}], [{ execute: () => undefined }], [{ prepare: () => undefined }]])(
    'must have a database: %p',
    (given) => {
      const construct = () => new SqliteStore({ database: given as unknown as SqliteDatabase, owner: () => 'shared' });
      expect(construct).toThrow(ChatKitError);
      expect(construct).toThrow(/npm install libsql/);
    },
  );

  test.each([[undefined], [null], ['shared']])('must have an owner function: %p', (given) => {
    const construct = () => new SqliteStore({ database, owner: given as unknown as () => string });
    expect(construct).toThrow(ChatKitError);
    expect(construct).toThrow(/owner: \(\) => 'shared'/);
  });

  test('must be there at all', () => {
    const Untyped = SqliteStore as unknown as new (options?: object) => unknown;
    expect(() => new Untyped()).toThrow(/npm install libsql/);
  });
});
