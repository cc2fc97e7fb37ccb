// The Jest configuration of the copies in which mutants are tested: Jest's own, without the build of the pages, with the
// given order of files and a report for the program.
import { fileURLToPath } from 'node:url';
import config from '../../../jest.config.js';

const own = (file) => `<rootDir>/__tests__/mutants/in-jest/${file}`;

/** @type {import('jest').Config} */
export default {
  ...config,
  globalSetup: undefined, // the program builds the pages once
  rootDir: fileURLToPath(new URL('../../..', import.meta.url)),
  maxWorkers: 1,
  reporters: [own('reporter.cjs')],
  testSequencer: own('sequencer.cjs'),
  testEnvironment: own('environment.cjs'),
  testTimeout: 15_000,
  ...(process.env.PROBES !== undefined && { setupFilesAfterEnv: [own('probe.cjs')] }),
};
