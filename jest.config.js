// Tests run as CommonJS through ts-jest, which does not check types: `npm run types` does.
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';

// The package's own name resolves to the sources, as in TypeScript.
const { compilerOptions } = JSON.parse(readFileSync(new URL('tsconfig.json', import.meta.url), 'utf8'));
const moduleNameMapper = Object.fromEntries(
  Object.entries(compilerOptions.paths).map(([name, [source]]) => [`^${name}$`, source.replace('.', '<rootDir>')]),
);

/** @type {import('jest').Config} */
export default {
  testEnvironment: '<rootDir>/__tests__/support/environment.cjs',
  testMatch: ['<rootDir>/__tests__/**/*.test.{ts,tsx}'],
  transform: { '^.+\\.tsx?$': ['ts-jest', { tsconfig: '<rootDir>/tsconfig.jest.json' }] },
  moduleNameMapper,
  // The tests of the playground and of the example open the built page.
  globalSetup: '<rootDir>/__tests__/support/build-playground.mjs',
  testSequencer: '<rootDir>/__tests__/support/longest-first.cjs',
  modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/.cache/'],
  testTimeout: 30_000,
  // Two more than the cores, because many tests wait for processes, leases and time limits.
  maxWorkers: availableParallelism() + 2,
  // A skipped test is a missing test: in CI it fails the run.
  reporters: process.env.CI === 'true' ? ['default', '<rootDir>/__tests__/support/no-skips.cjs'] : ['default'],
};
