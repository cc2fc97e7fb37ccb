// ESLint: the strict type-checked rules, this project's own rules, and limits of size. Prettier formats the code.
import js from '@eslint/js';
import { defineConfig, globalIgnores } from 'eslint/config';
import reactHooks from 'eslint-plugin-react-hooks';
import tseslint from 'typescript-eslint';
import { noFixedSleep } from './eslint/no-fixed-sleep.js';
import { noStalePrivateField } from './eslint/no-stale-private-field.js';
import { plainComments } from './eslint/plain-comments.js';
import { testAsserts } from './eslint/test-asserts.js';

const nodeGlobals = Object.fromEntries(Object.getOwnPropertyNames(globalThis).map((name) => [name, 'readonly']));

const house = {
  rules: {
    'no-fixed-sleep': noFixedSleep,
    'no-stale-private-field': noStalePrivateField,
    'plain-comments': plainComments,
    'test-asserts': testAsserts,
  },
};

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
      // `import { type X }` alone still loads the module at run time, which may be an optional backend.
      '@typescript-eslint/no-import-type-side-effects': 'error',
      // Messages may contain numbers and booleans.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      // A parameter that an interface requires and the function does not use begins with an underscore.
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', ignoreRestSiblings: true }],
      // `() => log(line)` and `return close();` are clear when the caller expects no value.
      '@typescript-eslint/no-confusing-void-expression': [
        'error',
        { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true },
      ],
      // `async` without `await` turns a throw into a rejection, as an interface with promises requires.
      '@typescript-eslint/require-await': 'off',
      // Some conditions are necessary although the types exclude them: for callers without types, and for state that
      // changes during an await.
      '@typescript-eslint/no-unnecessary-condition': 'off',
      // TypeScript looks for the types of JSX in a namespace only.
      '@typescript-eslint/no-namespace': ['error', { allowDeclarations: true }],
      // A hook may return a value or nothing.
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
    // Code that makes and stores answers: other code can change its state during every await.
    files: ['src/{runs,operations,uploads,integrations,answers}/**/*.ts'],
    plugins: { house },
    rules: { 'require-atomic-updates': 'error', 'house/no-stale-private-field': 'error' },
  },
  {
    files: ['src/**/*.ts'],
    ignores: ['src/{browser,client,playground,cli,testing}/**'],
    rules: {
      'no-restricted-syntax': [
        'error',
        {
          selector: 'AssignmentExpression[left.type="MemberExpression"][right.type=/^(Arrow)?FunctionExpression$/]',
          message:
            'V8 keeps this function, and with it everything that it uses, until a full collection. Assign a constant.',
        },
      ],
    },
  },
  {
    files: ['{src,playground,example-app}/**/*.{ts,tsx,js,mjs,cjs}', 'eslint/**/*.js'],
    plugins: { house },
    rules: { 'house/plain-comments': 'error' },
  },
  { files: ['playground/src/**/*.{ts,tsx}'], extends: [reactHooks.configs.flat['recommended-latest']] },
  {
    files: ['__tests__/**/*.{ts,tsx}'],
    plugins: { house },
    rules: {
      'house/no-fixed-sleep': 'error',
      'house/test-asserts': 'error',
      // JSON from the wire and Jest's matchers are `any`. A wrong assumption about them fails the test.
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      // `rows[0]!` without a row fails the test as well. Tests name a method as a spy without calling it.
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
