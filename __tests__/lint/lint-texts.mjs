// Reads texts as JSON, `[{ file, text }]`, lints them with the project's configuration, and prints the findings. Only
// the rules that the arguments name are applied. They need no types, so that a text is linted in milliseconds.
import { text } from 'node:stream/consumers';
import { ESLint, Linter } from 'eslint';

const asked = process.argv.slice(2);
const eslint = new ESLint();
const linter = new Linter();
const findings = [];
for (const { file, text: source } of JSON.parse(await text(process.stdin))) {
  const { plugins, languageOptions, rules } = await eslint.calculateConfigForFile(file);
  const config = {
    files: ['**/*.ts'],
    plugins: plugins.house ? { house: plugins.house } : {},
    languageOptions: { parser: languageOptions.parser },
    rules: Object.fromEntries(asked.flatMap((name) => (rules[name] ? [[name, rules[name]]] : []))),
  };
  findings.push(linter.verify(source, config, { filename: file }));
}
process.stdout.write(JSON.stringify(findings));
