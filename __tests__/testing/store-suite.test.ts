// storeSuite on MemoryStore, which it must find nothing wrong with.
import { MemoryStore } from '../../src/stores/memory';
import { storeSuite, type SuiteUser } from '../../src/testing';

storeSuite({
  name: 'MemoryStore with owners',
  create: () => new MemoryStore<SuiteUser>({ owner: ({ userId }) => userId }),
  test,
  expect,
});

storeSuite({ name: 'MemoryStore without owners', create: () => new MemoryStore(), owners: false, test, expect });
