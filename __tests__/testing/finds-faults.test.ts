// storeSuite bites: it fails for each store that is broken on purpose, in the test that is about the fault.
import { failures } from './collect';
import { faults } from './faults';
import { breakStore } from './faults/fault';

const cases = Object.keys(faults).flatMap((name) => [
  { name, by: 'node:assert', given: undefined },
  { name, by: 'expect', given: expect },
]);

test.each(cases)('finds a store that $name, by $by', async ({ name, given }) => {
  const fault = faults[name]!;
  const failed = await failures({ create: () => breakStore(fault), expect: given }, fault.foundBy);
  expect(failed.map((failure) => failure.name)).toEqual([expect.stringMatching(fault.foundBy)]);
});

test('finds nothing in a store with no fault', async () => {
  expect(await failures({ create: () => breakStore({ foundBy: /./, make: () => ({}) }) })).toEqual([]);
});
