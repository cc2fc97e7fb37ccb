// The tests of operations again, over a store that answers late.
import { runOverSlowStores } from './run-over-slow-stores';

// These have no store, or one on a server, which takes its time already.
const except = ['base64.test.ts', 'growing-bytes.test.ts', 'two-instances.test.ts'];

runOverSlowStores('operations', { except });
