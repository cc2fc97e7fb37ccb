// The tests of http again, over a store that answers late.
import { runOverSlowStores } from './run-over-slow-stores';

// sse.test.ts is about events that a store which answers at once makes ready in one tick.
runOverSlowStores('http', ['sse.test.ts']);
