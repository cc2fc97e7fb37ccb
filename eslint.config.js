// ESLint: the strict type-checked rules, and the sizes of the house. Layout is prettier's business.
import js from '@eslint/js';
import { defineConfig, globalIgnores } from 'eslint/config';
import reactHooks from 'eslint-plugin-react-hooks';
import tseslint from 'typescript-eslint';
import { noStalePrivateField } from './eslint/no-stale-private-field.js';
import { plainComments } from './eslint/plain-comments.js';

const nodeGlobals = Object.fromEntries(Object.getOwnPropertyNames(globalThis).map((name) => [name, 'readonly']));

const house = { rules: { 'no-stale-private-field': noStalePrivateField, 'plain-comments': plainComments } };

/** Folders whose comments are not checked yet. Remove an entry once its comments are clean. */
const uncheckedComments = ['src/{http,integrations,protocol,runs}/**'];

export default defineConfig(
  globalIgnores(['dist/', 'coverage/', '.cache/']),
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  {
    files: ['**/*.{ts,tsx}'],
    extends: [js.configs.recommended, tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      // `import { type X }` with nothing beside it still loads the module at run time: an optional backend, say.
      '@typescript-eslint/no-import-type-side-effects': 'error',
      // Numbers and booleans read well in messages.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      // A parameter that an interface asks for and a body does not need starts with an underscore.
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', ignoreRestSiblings: true }],
      // `() => log(line)` and `return close();` are plain enough where nothing is expected back.
      '@typescript-eslint/no-confusing-void-expression': [
        'error',
        { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true },
      ],
      // `async` without `await` turns a throw into the rejection that interfaces of promises ask for.
      '@typescript-eslint/require-await': 'off',
      // Callers without types, and state that others change during an await, are checked against what the types say.
      '@typescript-eslint/no-unnecessary-condition': 'off',
      // The only form in which TypeScript looks for the types of JSX.
      '@typescript-eslint/no-namespace': ['error', { allowDeclarations: true }],
      // A hook may return a value or nothing at all.
      '@typescript-eslint/no-invalid-void-type': 'off',
    },
  },
  {
    files: ['src/**/*.ts', 'playground/src/**/*.{ts,tsx}'],
    rules: {
      'max-lines': ['error', { max: 400, skipBlankLines: true, skipComments: true }],
      'max-lines-per-function': ['error', { max: 60, skipBlankLines: true, skipComments: true }],
    },
  },
  {
    // Where an answer is made and stored, others act during every await.
    files: ['src/{runs,operations,uploads,integrations,answers}/**/*.ts'],
    plugins: { house },
    rules: { 'require-atomic-updates': 'error', 'house/no-stale-private-field': 'error' },
  },
  {
    files: ['{src,playground,example-app}/**/*.{ts,tsx,js,mjs,cjs}', 'eslint/**/*.js'],
    ignores: uncheckedComments,
    plugins: { house },
    rules: { 'house/plain-comments': 'error' },
  },
  { files: ['playground/src/**/*.{ts,tsx}'], extends: [reactHooks.configs.flat['recommended-latest']] },
  {
    files: ['__tests__/**/*.{ts,tsx}'],
    rules: {
      // JSON off the wire and Jest's matchers are `any`; a wrong guess fails the test.
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      // As does `rows[0]!` where there is no row, and a spy is named without being called.
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/unbound-method': 'off',
    },
  },
  {
    files: ['**/*.{js,mjs,cjs}'],
    extends: [js.configs.recommended],
    languageOptions: { globals: nodeGlobals },
  },
  { files: ['**/*.cjs'], languageOptions: { sourceType: 'commonjs' } },
);
