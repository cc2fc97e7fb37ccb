// storeSuite on MemoryStore, which it must find nothing wrong with.
import { runInNewContext } from 'node:vm';
import { MemoryStore } from '../../src/stores/memory';
import { storeSuite, type SuiteUser } from '../../src/testing';

storeSuite({
  name: 'MemoryStore with owners',
  create: () => new MemoryStore<SuiteUser>({ owner: ({ userId }) => userId }),
  test,
  expect,
});

storeSuite({ name: 'MemoryStore without owners', create: () => new MemoryStore(), owners: false, test, expect });

/** Answers with objects of another realm, as a driver in native code or in a worker does under a test runner's own. */
class ForeignStore extends MemoryStore<SuiteUser> {
  override async loadThread(...args: Parameters<MemoryStore<SuiteUser>['loadThread']>) {
    return foreign(await super.loadThread(...args));
  }

  override async loadThreads(...args: Parameters<MemoryStore<SuiteUser>['loadThreads']>) {
    return foreign(await super.loadThreads(...args));
  }

  override async loadThreadItems(...args: Parameters<MemoryStore<SuiteUser>['loadThreadItems']>) {
    return foreign(await super.loadThreadItems(...args));
  }

  override async deleteThread(...args: Parameters<MemoryStore<SuiteUser>['deleteThread']>) {
    return foreign(await super.deleteThread(...args));
  }
}
const foreign = <T>(value: T): T => runInNewContext('JSON.parse(text)', { text: JSON.stringify(value) });

storeSuite({
  name: 'a store whose rows are of another realm',
  create: () => new ForeignStore({ owner: ({ userId }) => userId }),
  // A realm costs a millisecond.
  operations: 200,
  test: (name, run, timeout) => (name.includes('random') ? test(name, run, timeout) : undefined),
  expect,
});
