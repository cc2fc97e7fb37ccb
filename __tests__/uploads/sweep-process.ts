// A process of its own that sweeps: `tsx sweep-process.ts <url> <schema>`. Begins at the first line of its input. Prints
// the id of each attachment whose bytes it deletes, and at the end the result of the sweep.
import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { chatkitMiddleware, MemoryAttachmentStore } from 'chatkit-express';
import { PostgresStore } from 'chatkit-express/postgres';
import { Pool } from 'pg';

const [url = '', schema = ''] = process.argv.slice(2);
const pool = new Pool({ connectionString: url });
const owner = () => 'ann';

class PrintingStore extends MemoryAttachmentStore {
  override async deleteBytes({ id }: { owner: string; id: string }): Promise<void> {
    process.stdout.write(`${id}\n`);
    await setTimeout(1); // so that the other process can lease a batch
  }
}

void (async () => {
  const store = new PostgresStore({ pool, owner, schema });
  await store.migrate();
  const attachmentStore = new PrintingStore({ owner });
  const uploads = { unsentAfterMs: 1, secret: 'sixteen characters and more' };
  const chatkit = chatkitMiddleware({ store, attachmentStore, uploads, async *respond() {} });
  process.stdout.write('ready\n');
  await once(process.stdin, 'data');
  const removed = await chatkit.sweep();
  process.stdout.write(`removed ${removed}\n`);
  await pool.end();
  process.stdin.destroy();
})();
