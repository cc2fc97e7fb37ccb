// The tests of conformance again, over a store that answers late.
import { runOverSlowStores } from './run-over-slow-stores';

runOverSlowStores('conformance');
