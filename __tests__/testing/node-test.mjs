// Runs storeSuite under node:test, without `expect`. node-test.test.ts starts this file with `node --import tsx`.
import { test } from 'node:test';
import { MemoryStore } from '../../src/stores/memory.ts';
import { storeSuite } from '../../src/testing/index.ts';

const owner = (context) => context.userId;

storeSuite({ name: 'right', create: () => new MemoryStore({ owner }), test });

class Broken extends MemoryStore {
  loadThreads(query, context) {
    return super.loadThreads({ ...query, order: 'asc' }, context);
  }
}

storeSuite({ name: 'broken', create: () => new Broken({ owner }), test, seed: 7 });
