// The tests of agents again, over a store that answers late.
import { runOverSlowStores } from './run-over-slow-stores';

// types.test.ts looks at what a file of its own has loaded.
runOverSlowStores('integrations/agents', { except: ['types.test.ts'] });
