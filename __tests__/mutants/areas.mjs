// The areas whose code is mutated, and the tests of each. A path names a file or a folder below `__tests__`, without
// `.test.ts`.

/** @type {Record<string, { sources: string[], tests: string[] }>} */
export const areas = {
  runs: {
    sources: ['src/runs'],
    tests: [
      'runs',
      'server',
      'observer',
      'logger',
      'answers',
      'conformance',
      'operations',
      'http',
      'registries/memory-suite',
    ],
  },
  http: { sources: ['src/http'], tests: ['http', 'server', 'observer', 'conformance'] },
  operations: {
    sources: ['src/operations'],
    tests: ['operations', 'runs', 'server', 'conformance', 'http', 'uploads/checks'],
  },
  uploads: { sources: ['src/uploads'], tests: ['uploads', 'operations', 'options', 'server', 'http'] },
  stores: {
    sources: ['src/stores', 'src/attachments'],
    tests: [
      'stores',
      'attachments',
      'testing',
      'retention',
      'http/s3-uploads',
      'http/downloads',
      'http/uploads',
      'registries/postgres-fence',
    ],
  },
  integrations: { sources: ['src/integrations'], tests: ['integrations', 'docs/models', 'answers'] },
};

/**
 * Tests whose code runs in other processes, where no probe shows what they reach. They are run last for the sources
 * below these paths.
 */
export const inProcesses = {
  'src/integrations/otel': ['integrations/otel/trace'],
  'src/stores/sqlite': ['stores/sqlite-processes'],
  'src/uploads/sweep': ['uploads/sweep-processes'],
};

/**
 * Tests that are not run: those that open a browser, those whose code runs in other processes, and those that measure
 * memory or many connections for a long time. Other tests reach the same code in a shorter time.
 */
export const leftOut = [
  ...['http/other-origin-page', 'http/dictation-memory', 'http/generated-bodies', 'http/dropped-connections'],
  ...['http/connections', 'http/backpressure', 'attachments/finds-faults', 'testing/finds-faults', 'testing/accepts'],
  ...['stores/crash', ...Object.values(inProcesses).flat()],
];
