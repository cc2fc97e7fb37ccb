// Defines which part of src/ may import which. Data flows one way: http → server → operations → runs.
const implementations =
  '^src/(stores/(?!store[.]ts|ids[.]ts|thread-change[.]ts|checked-store[.]ts)|attachments/(?!attachment-store[.]ts)|integrations/|testing/)';
const backends =
  '(^|node_modules/)(pg|mongodb|redis|@redis/|ioredis|mysql2|pg-[^/]+|@electric-sql/|libsql|@libsql/|better-sqlite3|(node:)?sqlite|@aws-sdk/|openai|@openai/|@anthropic-ai/|ai/|@ai-sdk/|@langchain/|@opentelemetry/)';

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'everything-is-found',
      comment: 'The caller passes an optional backend, whose type is declared structurally, so no import is missing.',
      severity: 'error',
      from: { path: '^(src|example-app|playground)/', pathNot: 'vite[.]config[.]ts$' }, // Vite's types are ESM only
      to: { couldNotResolve: true },
    },
    {
      name: 'protocol-imports-only-zod',
      severity: 'error',
      from: { path: '^src/protocol/' },
      to: { pathNot: '^(src/protocol/|node_modules/zod/)' },
    },
    {
      name: 'core-sees-interfaces-only',
      comment: 'The application passes stores and integrations to the core, which must not choose one.',
      severity: 'error',
      from: {
        path: '^src/(protocol|operations|runs|answers|uploads|retention|widgets|http)/|^src/(server|middleware|options|hooks|errors|logger|readiness|shutdown|work-in-progress)[.]ts$',
      },
      to: { path: implementations },
    },
    {
      name: 'stores-know-no-server',
      comment: 'A store needs only what the package exports, because users write their own stores from these exports.',
      severity: 'error',
      from: { path: '^src/(stores|attachments)/' },
      to: { path: '^src/(operations|runs|uploads|retention|widgets|server[.]ts|options[.]ts|hooks[.]ts)' },
    },
    {
      name: 'http-sees-the-server-only',
      comment:
        'Every request of a client passes through the server, which does not depend on HTTP requests and responses.',
      severity: 'error',
      from: { path: '^src/http/' },
      to: {
        path: '^src/',
        pathNot:
          '^src/(http/|server[.]ts$|errors[.]ts$|logger[.]ts$|cors-options[.]ts$|content-disposition[.]ts$|short-lived[.]ts$|protocol/)',
      },
    },
    {
      name: 'http-imports-types-of-the-protocol-only',
      severity: 'error',
      from: { path: '^src/http/' },
      to: { path: '^src/protocol/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'hooks-know-interfaces-only',
      severity: 'error',
      from: { path: '^src/hooks[.]ts$' },
      to: { path: '^src/', pathNot: '^src/(protocol/|stores/(store|ids)[.]ts$|logger[.]ts$)' },
    },
    {
      name: 'answers-know-no-server',
      comment: 'Hooks make answers, which must not depend on the code that serves them.',
      severity: 'error',
      from: { path: '^src/answers/' },
      to: { path: '^src/(operations|runs|uploads|http|server[.]ts|options[.]ts)' },
    },
    {
      name: 'express-stays-at-the-edge',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(http/|playground/|middleware[.]ts$|options[.]ts$|request-logger[.]ts$)' },
      to: { path: '(^|node_modules/)(@types/)?(express|cors)(/|$)' },
    },
    {
      name: 'options-import-express-types-only',
      severity: 'error',
      from: { path: '^src/(options|request-logger)[.]ts$' },
      to: { path: '(^|node_modules/)(@types/)?(express|cors)(/|$)', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'only-middleware-imports-http',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(http/|middleware[.]ts$)' },
      to: { path: '^src/http/' },
    },
    {
      name: 'only-the-entry-imports-middleware',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/index[.]ts$' },
      to: { path: '^src/middleware[.]ts$' },
    },
    {
      name: 'nothing-imports-the-entry',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^src/index[.]ts$' },
    },
    {
      name: 'nothing-imports-integrations',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/integrations/' },
      to: { path: '^src/integrations/' },
    },
    {
      name: 'agents-load-no-sdk',
      comment: 'The caller passes runs of any supported version, so not even a type may be imported.',
      severity: 'error',
      from: { path: '^src/integrations/agents/' },
      to: { path: '(^|node_modules/)(openai|@openai/)', reachable: true },
    },
    {
      name: 'the-browser-stands-alone',
      comment: 'The code for the page is small, and runs where there is no Node.',
      severity: 'error',
      from: { path: '^src/browser/' },
      to: { pathNot: '^src/browser/' },
    },
    {
      name: 'nothing-imports-the-browser',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(browser|client)/' },
      to: { path: '^src/browser/' },
    },
    {
      name: 'the-client-stands-alone',
      comment: 'The client is small, and runs where there is no Node. Of the protocol it loads the reducer only.',
      severity: 'error',
      from: { path: '^src/client/' },
      to: { pathNot: '^src/(client|browser)/|^src/protocol/reducer[.]ts$', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'nothing-imports-the-client',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/client/' },
      to: { path: '^src/client/' },
    },
    {
      name: 'the-playground-stands-alone',
      comment: 'The page works with any endpoint, so the page and the server must not import each other.',
      severity: 'error',
      from: { path: '^src/playground/' },
      to: { path: '^src/', pathNot: '^src/(playground/|protocol/|errors[.]ts$|logger[.]ts$)' },
    },
    {
      name: 'nothing-imports-the-playground',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/playground/' },
      to: { path: '^src/playground/' },
    },
    {
      name: 'nothing-imports-testing',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/testing/' },
      to: { path: '^src/testing/' },
    },
    {
      name: 'src-stays-in-src',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^(__tests__|example-app|playground|docs|dist)/|^[^/]+[.][cm]?[jt]s$' },
    },
    {
      name: 'no-dev-dependencies',
      comment: 'Every package that src imports, types included, must be installed with this package.',
      severity: 'error',
      from: { path: '^src/' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'], dependencyTypesNot: ['npm', 'npm-peer'] },
    },
    {
      name: 'root-reaches-no-backend',
      comment: 'An import of the root must not load a database driver or the package of a vendor.',
      severity: 'error',
      from: { path: '^src/(index|middleware|server)[.]ts$' },
      to: { path: backends, reachable: true },
    },
  ],
  options: {
    // Imports of types count as well.
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.build.json' },
    doNotFollow: { path: 'node_modules' },
    // The templates are files of an app, which imports this package by its name.
    exclude: { path: '^src/cli/templates/' },
  },
};
