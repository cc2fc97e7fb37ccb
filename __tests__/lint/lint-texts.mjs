// Lints the texts that it is sent as JSON, `[{ file, text }]`, with the project's configuration, and prints the findings.
// Rules that need types are left out: without them a text is linted in milliseconds.
import { text } from 'node:stream/consumers';
import { ESLint, Linter } from 'eslint';

const asked = ['require-atomic-updates', 'house/no-stale-private-field'];
const eslint = new ESLint();
const linter = new Linter();
const findings = [];
for (const { file, text: source } of JSON.parse(await text(process.stdin))) {
  const { plugins, languageOptions, rules } = await eslint.calculateConfigForFile(file);
  const config = {
    files: ['**/*.ts'],
    plugins: { house: plugins.house },
    languageOptions: { parser: languageOptions.parser },
    rules: Object.fromEntries(asked.flatMap((name) => (rules[name] ? [[name, rules[name]]] : []))),
  };
  findings.push(linter.verify(source, config, { filename: file }));
}
process.stdout.write(JSON.stringify(findings));
