// The tests of http that write to the store again, over a store that answers late. Those about the order on one connection
// are left out: which of two requests gets its thread first is up to the store there.
import { runOverSlowStores } from './run-over-slow-stores';

const written = [
  'attachment-access',
  'close',
  'disconnect',
  'errors',
  'idempotency-key',
  'ndjson',
  'other-middleware',
  'text',
  'transcribe',
];

runOverSlowStores('http', { only: written.map((name) => `${name}.test.ts`) });
