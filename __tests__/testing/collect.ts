// Runs storeSuite without a test runner, to see what it finds.
import { storeSuite, type StoreSuiteOptions } from '../../src/testing';

interface Failure {
  name: string;
  error: unknown;
}

/** What fails of the tests whose name matches. */
export async function failures(
  options: Pick<StoreSuiteOptions, 'create'> & Partial<StoreSuiteOptions>,
  which = /./,
): Promise<Failure[]> {
  const tests: { name: string; run: () => Promise<void> }[] = [];
  storeSuite({ name: 'store', test: (name, run) => tests.push({ name, run }), ...options });
  const failed: Failure[] = [];
  for (const { name, run } of tests) {
    if (which.test(name)) await run().catch((error: unknown) => failed.push({ name, error }));
  }
  return failed;
}
