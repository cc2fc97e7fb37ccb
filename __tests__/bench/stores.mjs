// npm run bench:stores: measures the calls of a store with 100, 10,000 and 200,000 threads, and in a thread of 50,000
// items. The sizes alternate, so that a busy machine slows all of them. Fails when a median at least doubles. The server
// of the tests of MongoStore reads all rows for each call, so that MongoStore is measured with few rows and not judged,
// unless MONGO_URL names a server. BENCH_STORE=Mongo measures one store.
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { MemoryStore } from 'chatkit-express';
import { MongoStore } from 'chatkit-express/mongodb';
import { MySqlStore } from 'chatkit-express/mysql';
import { PostgresStore } from 'chatkit-express/postgres';
import { SqliteStore } from 'chatkit-express/sqlite';
import Database from 'libsql';
import { MongoClient } from 'mongodb';
import pg from 'pg';
import { hasMongo, noMongo, startMongo } from '../support/mongo-server.ts';
import { canUseMariadb, noMariadb, openPool, startMariadb } from '../support/mariadb-server.ts';
import { findPostgres, noPostgres, startPostgres } from '../support/postgres-server.ts';

/**
 * The numbers of threads, of the items of the long thread, and of the items of the busy threads, which are spread over
 * the list. Other threads have two items.
 */
const large = {
  sizes: (process.env.BENCH_SIZES ?? '100,10000,200000').split(',').map(Number),
  longest: Number(process.env.BENCH_ITEMS ?? 50_000),
  busyItems: 100,
  rounds: 30,
};
const small = { sizes: [100, 200, 400], longest: 400, busyItems: 40, rounds: 5 };
/** The scale of the store that is measured. */
let scale = large;
const busyThreads = 50;
const callsInRound = 20;
const maxGrowth = 2;
const longThread = 'thr_long';
const owner = () => 'ann';
const created_at = new Date().toISOString();
const text = 'Lorem ipsum dolor sit amet, consectetur adipiscing elit. '.repeat(4);

const threadId = (n) => `thr_${String(n).padStart(32, '0')}`;
const itemId = (thread, n) => `${thread.replace('thr', 'msg')}_${n}`;
const thread = (id) => ({ id, title: `About ${id}`, created_at, status: { type: 'active' }, metadata: {} });
const item = (thread_id, id) => ({
  type: 'assistant_message',
  id,
  thread_id,
  created_at,
  content: [{ type: 'output_text', text, annotations: [] }],
});

const isBusy = (n, size) => n % Math.floor(size / busyThreads) === 0;

/**
 * Yields all threads of a size in order, with their numbers of items. The long thread is in the middle of the largest
 * size.
 */
function* contents(size) {
  for (let n = 0; n < size; n++) {
    yield [threadId(n), isBusy(n, size) ? scale.busyItems : 2];
    if (size === Math.max(...scale.sizes) && n === size >> 1) yield [longThread, scale.longest];
  }
}

async function seedByStore(store, size) {
  for (const [id, count] of contents(size)) {
    await store.saveThread(thread(id));
    for (let n = 0; n < count; n++) await store.addThreadItem(id, item(id, itemId(id, n)));
  }
}

/** Writes rows as PostgresStore would, thousands at a time. */
async function seedPostgres(pool, schema, size) {
  const [threads, items] = [[], []];
  const write = async (rows, table, columns) => {
    const values = columns.map((_, column) => rows.map((row) => row[column]));
    const types = columns.map((name, at) => `$${at + 1}::${name === 'document' ? 'jsonb' : 'text'}[]`);
    const unnested = `unnest(${types.join(', ')}) WITH ORDINALITY AS row(${columns.join(', ')}, number)`;
    const list = columns.join(', ');
    // Each item has the position of its thread too.
    const thread = `(SELECT position FROM ${schema}.chatkit_threads AS thread WHERE owner = 'ann' AND thread.id = thread_id)`;
    const [more, position] = table === 'chatkit_items' ? [', thread', `, ${thread}`] : ['', ''];
    await pool.query(
      `INSERT INTO ${schema}.${table} (owner, ${list}${more}) SELECT 'ann', ${list}${position} FROM ${unnested} ORDER BY number`,
      values,
    );
    rows.length = 0;
  };
  const flush = async () => {
    await write(threads, 'chatkit_threads', ['id', 'document']);
    await write(items, 'chatkit_items', ['thread_id', 'id', 'document']);
  };
  for (const [id, count] of contents(size)) {
    threads.push([id, JSON.stringify(thread(id))]);
    for (let n = 0; n < count; n++) items.push([id, itemId(id, n), JSON.stringify(item(id, itemId(id, n)))]);
    if (items.length > 5000) await flush();
  }
  await flush();
  await pool.query(`VACUUM ANALYZE ${schema}.chatkit_threads, ${schema}.chatkit_items`); // as autovacuum would do later
}

/** Adds threads by the store, which gives each its first item, and the other items as the store would. */
async function seedMongo(store, rows, size) {
  let written = [];
  const flush = async () => {
    if (written.length > 0) await rows.insertMany(written);
    written = [];
  };
  for (const [id, count] of contents(size)) {
    await store.createThread(thread(id), item(id, itemId(id, 0)));
    const { _id, base } = await rows.findOne({ list: 'o:ann', id });
    for (let n = 1; n < count; n++) {
      const document = JSON.stringify(item(id, itemId(id, n)));
      const position = base + 1 + n;
      const fields = { status: null, created_at, attempt: null, gone: false, epoch: 0, cuts: [] };
      written.push({
        list: `t:${_id}`,
        position,
        id: itemId(id, n),
        spare: `\u001a-${position}`,
        document,
        ...fields,
      });
    }
    if (written.length > 5000) await flush();
  }
  await flush();
}

/** Writes rows as MySqlStore would, thousands at a time. */
async function seedMySql(pool, size) {
  const [threads, items] = [[], []];
  let position = 0;
  const write = async (rows, table, columns) => {
    if (rows.length > 0) await pool.query(`INSERT INTO ${table} (${columns}) VALUES ?`, [rows.splice(0)]);
  };
  const flush = async () => {
    await write(threads, 'chatkit_threads', 'owner, position, id, document');
    await write(items, 'chatkit_items', 'owner, thread_id, thread, id, document');
  };
  for (const [id, count] of contents(size)) {
    threads.push(['ann', ++position, id, JSON.stringify(thread(id))]);
    for (let n = 0; n < count; n++) {
      items.push(['ann', id, position, itemId(id, n), JSON.stringify(item(id, itemId(id, n)))]);
      if (items.length > 5000) await flush();
    }
  }
  await flush();
  await pool.query('ANALYZE TABLE chatkit_threads, chatkit_items'); // as the server does later by itself
}

/** The functions that open a store with a number of threads, ready for measurement. */
const stores = {
  async MemoryStore() {
    const open = async (size) => {
      const store = new MemoryStore({ owner });
      await seedByStore(store, size);
      return store;
    };
    return { open, close: () => undefined };
  },
  async 'SqliteStore (libsql)'() {
    const folder = mkdtempSync(join(tmpdir(), 'chatkit-express-bench-'));
    const databases = [];
    const open = async (size) => {
      const database = new Database(join(folder, `${size}.sqlite`));
      databases.push(database);
      const store = new SqliteStore({ database, owner });
      await store.migrate();
      database.exec('BEGIN');
      await seedByStore(store, size);
      database.exec('COMMIT');
      database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
      return store;
    };
    const close = () => {
      databases.forEach((database) => database.close());
      rmSync(folder, { recursive: true });
    };
    return { open, close };
  },
  async 'PostgresStore (pg)'() {
    if (!findPostgres()) return noPostgres;
    const server = await startPostgres();
    const pool = new pg.Pool({ connectionString: server.url });
    const open = async (size) => {
      const schema = `threads_${size}`;
      const store = new PostgresStore({ pool, owner, schema });
      await store.migrate();
      await seedPostgres(pool, schema, size);
      return store;
    };
    const close = async () => {
      await pool.end();
      await server.stop();
    };
    return { open, close };
  },
  async 'MySqlStore (mysql2)'() {
    if (!canUseMariadb()) return noMariadb;
    const server = await startMariadb();
    const pools = [];
    const open = async (size) => {
      const pool = openPool(await server.createDatabase());
      pools.push(pool);
      const store = new MySqlStore({ pool, owner });
      await store.migrate();
      await seedMySql(pool, size);
      return store;
    };
    const close = async () => {
      await Promise.all(pools.map((pool) => pool.end()));
      await server.stop();
    };
    return { open, close };
  },
  async 'MongoStore (mongodb)'() {
    if (!hasMongo()) return noMongo;
    const server = await startMongo();
    const client = await MongoClient.connect(server.url);
    const names = [];
    const open = async (size) => {
      const db = client.db(`${client.db().databaseName}_${size}`);
      names.push(db.databaseName);
      const seeding = new MongoStore({ db, owner });
      await seeding.migrate();
      await seedMongo(seeding, db.collection('chatkit_rows'), size);
      const store = new MongoStore({ db, owner }); // without the memory of the other
      await store.migrate();
      return store;
    };
    const close = async () => {
      for (const name of names) await client.db(name).dropDatabase();
      await client.close();
      await server.stop();
    };
    return { open, close, scale: process.env.MONGO_URL ? large : small };
  },
};

const pick = (count) => Math.floor(Math.random() * count);
const first = { limit: 20, after: null };
/**
 * The number of deep pages, which is equal for every size, so that the caches of the processor hold as much of each.
 */
const deepPages = 4;
let added = 0;

/**
 * The calls to measure, each in a database of `size` threads, and in a thread like `place` with its number of items.
 */
const calls = {
  'loadThreads, first page': ({ store }) => store.loadThreads({ ...first, order: 'desc' }),
  'loadThreads, deep page': ({ store, size }) =>
    store.loadThreads({ limit: 20, after: threadId(21 + (pick(deepPages) * size) / 20), order: 'desc' }),
  'loadThreadItems, first page': ({ store, place }) => store.loadThreadItems(place().id, { ...first, order: 'asc' }),
  'loadThreadItems, deep page': ({ store, place }) => {
    const { id, count } = place();
    return store.loadThreadItems(id, {
      limit: 20,
      after: itemId(id, count - 21 - (pick(deepPages) * count) / 20),
      order: 'asc',
    });
  },
  addThreadItem: ({ store, place }) => {
    const { id } = place();
    return store.addThreadItem(id, item(id, `msg_added_${++added}`));
  },
  loadItem: ({ store, place }) => {
    const { id, count } = place();
    return store.loadItem(id, itemId(id, pick(count)));
  },
};

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];

/** Measures the medians of a call at all places, in microseconds. */
async function measure(call, places) {
  const times = places.map(() => []);
  for (let round = -3; round < scale.rounds; round++) {
    for (const [at, place] of places.entries()) {
      for (let n = 0; n < callsInRound; n++) {
        const start = process.hrtime.bigint();
        await call(place);
        if (round >= 0) times[at].push(Number(process.hrtime.bigint() - start) / 1000); // the first rounds warm up
      }
    }
  }
  return times.map(median);
}

/** Busy threads of each size, and the long one. */
async function openPlaces(open) {
  const { sizes, busyItems, longest } = scale;
  const places = [];
  for (const size of sizes) {
    const busy = Array.from({ length: size }, (_, n) => n).filter((n) => isBusy(n, size));
    const place = () => ({ id: threadId(busy[pick(busy.length)]), count: busyItems });
    places.push({ store: await open(size), size, place });
  }
  return [...places, { ...places.at(-1), place: () => ({ id: longThread, count: longest }) }];
}

const shown = (time) => (time < 100 ? time.toPrecision(2) : String(Math.round(time)));
const named = (count) => count.toLocaleString('en-US');
const heads = ({ sizes, longest }) => [
  ...sizes.map((size, at) => (at === 0 ? `${named(size)} threads, µs` : named(size))),
  `thread of ${named(longest)} items`,
  'growth',
];
const cells = (row) => `| ${row.join(' | ')} |`;

/** Prints the head of a table. */
function printHead() {
  console.log(`\nNode ${process.version}, ${cpus().length} cores. Medians of ${scale.rounds * callsInRound} calls.\n`);
  console.log(cells(['Store', 'Call', ...heads(scale)]));
  console.log(cells(['---', '---', ...heads(scale).map(() => '--:')]));
}

let isFlat = true;
let printed;
for (const [name, start] of Object.entries(stores)) {
  if (!name.includes(process.env.BENCH_STORE ?? '')) continue;
  const started = await start();
  scale = started.scale ?? large;
  if (scale !== printed) printHead();
  printed = scale;
  if (typeof started === 'string') {
    console.log(cells([name, started, ...heads(scale).map(() => '')]));
    continue;
  }
  try {
    const places = await openPlaces(started.open);
    for (const [callName, call] of Object.entries(calls)) {
      const isList = callName.startsWith('loadThreads,'); // the long thread is one row of the list
      const medians = await measure(call, isList ? places.slice(0, -1) : places);
      const growth = Math.max(...medians) / medians[0];
      if (scale === large) isFlat &&= growth < maxGrowth;
      const times = [...medians.map(shown), ...(isList ? ['–'] : [])];
      console.log(cells([name, `${callName}`, ...times, growth.toFixed(2)]));
    }
  } finally {
    await started.close();
  }
}
if (!isFlat) {
  console.error(`\nA median grew to ${maxGrowth} times or more.`);
  process.exitCode = 1;
}
