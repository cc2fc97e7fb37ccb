// The tests of operations again, over a store that answers late.
import { runOverSlowStores } from './run-over-slow-stores';

runOverSlowStores('operations');
