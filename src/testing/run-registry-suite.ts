// runRegistrySuite: tests the contract of RunRegistry, for any registry and any test runner.
import { SharedRunRegistry } from '../registries/shared-registry';
import type { RunRegistry } from '../runs/registry';
import { aloneTests } from './registry-alone';
import { sharedTests } from './registry-shared';

/** The times of a registry in the suite, in milliseconds: short, so that the tests are. */
export interface SuiteTimes {
  leaseMs: number;
  heartbeatMs: number;
}

/** The options of {@link runRegistrySuite}. */
export interface RunRegistrySuiteOptions {
  /** The prefix of each test's name. */
  name: string;
  /**
   * Makes a registry, as a process has it. All registries share one database, which other tests may use as well: the
   * suite uses ids of its own.
   */
  create: (times: SuiteTimes) => RunRegistry | Promise<RunRegistry>;
  /** `false` for a registry of one process, for which the tests of several processes are left out. Default true. */
  shared?: boolean | undefined;
  /** Stops a registry as the death of its process does. Default: for a registry of this package. */
  abandon?: ((registry: RunRegistry) => void) | undefined;
  /** Registers a test: `test` or `it` of Jest, Vitest or `node:test`. */
  test: (name: string, run: () => Promise<void>, timeoutMs: number) => unknown;
  /** The timeout of each test, in milliseconds. Default 30,000. */
  timeoutMs?: number | undefined;
}

const times: SuiteTimes = { leaseMs: 600, heartbeatMs: 200 };

/**
 * Registers the tests that every {@link RunRegistry} must pass: runs, policies, keys, readers, Stop, and, for a registry
 * that several processes share, the same from another process, takeover, and lost leases.
 */
export function runRegistrySuite(options: RunRegistrySuiteOptions): void {
  const { name, create, shared = true, abandon = abandonShared, test, timeoutMs = 30_000 } = options;
  for (const { name: says, check } of [...aloneTests, ...(shared ? sharedTests(abandon) : [])]) {
    const run = async () => {
      const made: RunRegistry[] = [];
      try {
        await check(async () => {
          const registry = await create(times);
          made.push(registry);
          return registry;
        });
      } finally {
        for (const registry of made) await registry.close();
      }
    };
    test(`${name}: ${says}`, run, timeoutMs);
  }
}

function abandonShared(registry: RunRegistry): void {
  if (!(registry instanceof SharedRunRegistry)) throw new TypeError('runRegistrySuite: give it `abandon`');
  registry.abandon();
}
