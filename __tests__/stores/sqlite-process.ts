// A process of its own that writes to an SQLite file: `tsx sqlite-process.ts <driver> <file> <name> <count>`. Adds items
// to the thread `t` and prints the id of each that is stored.
import { SqliteStore } from 'chatkit-express/sqlite';
import { openDatabase } from './sqlite-drivers';

const [driver = '', file = '', name = '', count = ''] = process.argv.slice(2);
const createdAt = '2026-01-02T03:04:05.000Z';
const store = new SqliteStore({ database: openDatabase(driver, file), owner: () => 'ann' });

void (async () => {
  await store.migrate();
  await store.saveThread({ id: 't', created_at: createdAt, status: { type: 'active' }, metadata: {} }, {});
  for (let n = 0; n < Number(count); n++) {
    const id = `${name}_${n}`;
    const base = { id, thread_id: 't', created_at: createdAt };
    await store.addThreadItem('t', { ...base, type: 'hidden_context_item', content: 'x'.repeat(1000) }, {});
    process.stdout.write(`${id}\n`);
  }
})();
