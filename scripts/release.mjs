// Cuts a release: npm run release -- 1.2.3
// Moves the entries below "Unreleased" in CHANGELOG.md to a section of the version, and sets the version of package.json
// and package-lock.json. Changes nothing if one of these is not possible.
import { readFileSync, writeFileSync } from 'node:fs';
import { hasEntries, sectionsOf } from './changelog.mjs';

const [version, ...rest] = process.argv.slice(2);
try {
  if (version === undefined || rest.length > 0) throw new Error('name one version: npm run release -- 1.2.3');
  release(version);
  console.log(`Prepared ${version}. Publish the version with its tag:

  git commit --all --message "Release ${version}"
  git tag v${version}
  git push --atomic origin HEAD v${version}`);
} catch (error) {
  console.error(`Not released: ${error.message}`);
  process.exitCode = 1;
}

function release(version) {
  const [manifest, lock] = ['package.json', 'package-lock.json'].map((file) => JSON.parse(readFileSync(file, 'utf8')));
  const changelog = readFileSync('CHANGELOG.md', 'utf8');
  const sections = sectionsOf(changelog);
  const order = compare(version, manifest.version);
  if (order < 0) throw new Error(`${version} is lower than ${manifest.version}, the version of package.json`);
  if (sections.some(({ name }) => name === version))
    throw new Error(`CHANGELOG.md has a section for ${version} already`);
  const unreleased = sections.find(({ name }) => name === 'Unreleased');
  if (!unreleased) throw new Error('CHANGELOG.md has no section "## [Unreleased]"');
  if (!hasEntries(unreleased)) throw new Error('CHANGELOG.md lists no change below "## [Unreleased]"');

  const date = new Date().toISOString().slice(0, 'yyyy-mm-dd'.length);
  const title = `\n\n## [${version}] - ${date}`;
  manifest.version = version;
  lock.version = version;
  lock.packages[''].version = version;
  writeFileSync('CHANGELOG.md', changelog.slice(0, unreleased.start) + title + changelog.slice(unreleased.start));
  writeFileSync('package.json', `${JSON.stringify(manifest, null, 2)}\n`);
  writeFileSync('package-lock.json', `${JSON.stringify(lock, null, 2)}\n`);
}

/** Returns a negative number if the first version is the lower one, and 0 if both are equal. */
function compare(one, other) {
  const [first, second] = [one, other].map(parse);
  for (const [index, number] of first.numbers.entries()) {
    if (number !== second.numbers[index]) return number - second.numbers[index];
  }
  if (first.label === second.label) return 0;
  // A version with a label precedes the version without it.
  if (first.label === undefined || second.label === undefined) return first.label === undefined ? 1 : -1;
  return first.label.localeCompare(second.label, 'en', { numeric: true });
}

function parse(version) {
  const match = /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-([\da-z-]+(?:\.[\da-z-]+)*))?$/i.exec(version);
  if (!match) throw new Error(`"${version}" is not a version such as 1.2.3 or 1.2.3-beta.1`);
  return { numbers: match.slice(1, 4).map(Number), label: match[4] };
}
