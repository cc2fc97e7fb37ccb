// Checks that the version can be published, and reports every reason against it: node scripts/publishable.mjs [TAG]
// npm runs this script before it publishes. The release workflow runs it with the tag.
import { readFileSync } from 'node:fs';
import { hasEntries, sectionsOf } from './changelog.mjs';

const [manifest, lock] = ['package.json', 'package-lock.json'].map((file) => JSON.parse(readFileSync(file, 'utf8')));
const { version, repository } = manifest;
const [tag] = process.argv.slice(2);
const section = sectionsOf(readFileSync('CHANGELOG.md', 'utf8')).find(({ name }) => name === version);
const address = typeof repository === 'object' ? repository?.url : repository;

const faults = [
  (typeof address !== 'string' || address.trim() === '') &&
    '`repository` is not set in package.json, and provenance names the repository that the package was built from',
  tag !== undefined && tag !== `v${version}` && `the tag is ${tag}, and package.json has version ${version}`,
  (lock.version !== version || lock.packages['']?.version !== version) &&
    `package-lock.json has version ${lock.version}, and package.json has ${version}`,
  !section && `CHANGELOG.md has no section for ${version}: run npm run release -- ${version}`,
  section && !hasEntries(section) && `the section for ${version} in CHANGELOG.md is empty`,
  section &&
    !/^\d{4}-\d{2}-\d{2}$/.test(section.date ?? '') &&
    `the section for ${version} in CHANGELOG.md has no date`,
].filter((fault) => typeof fault === 'string');

for (const fault of faults) console.error(`Not publishable: ${fault}`);
process.exitCode = faults.length > 0 ? 1 : 0;
