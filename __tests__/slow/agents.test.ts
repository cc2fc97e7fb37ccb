// The tests of agents that have a server again, over a store that answers late. The others have no store, or one that takes
// its time already.
import { runOverSlowStores } from './run-over-slow-stores';

const served = ['answers', 'approvals', 'lenient-answers', 'runs'];

runOverSlowStores('integrations/agents', { only: served.map((name) => `${name}.test.ts`) });
