// The dependency of a new app on this package: where the running copy was installed from.
import { mkdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileOf, ownDependency, ownPackage } from '../../src/cli/own-package';
import { temporaryFolder } from '../support/temporary-folder';
import { manifest, root, run } from './run';

const folder = realpathSync(temporaryFolder());
let made = 0;

/** Makes a folder in which this package is installed by `spec`, and the folder of an app. */
function installed(spec: string, inside = 'node_modules/chatkit-express', kind = 'dependencies') {
  const place = join(folder, String(++made));
  const own = join(place, 'cache', inside);
  const app = join(place, 'files', 'app');
  mkdirSync(own, { recursive: true });
  mkdirSync(app, { recursive: true });
  writeFileSync(join(place, 'cache', 'package.json'), JSON.stringify({ [kind]: { 'chatkit-express': spec } }));
  writeFileSync(join(place, 'files', 'package.tgz'), '');
  return { place, app, dependency: () => ownDependency(app, { folder: own, version: '1.2.3' }) };
}

test.each([
  ['node_modules/chatkit-express', 'dependencies'],
  ['node_modules/.pnpm/chatkit-express@file+work/node_modules/chatkit-express', 'dependencies'],
  ['node_modules/chatkit-express', 'devDependencies'],
])('a tarball is installed from the same place (%s, %s)', (inside, kind) => {
  expect(installed('file:../files/package.tgz', inside, kind).dependency()).toEqual({ spec: 'file:../package.tgz' });
});

test('a tarball by its whole path is installed from the same place', () => {
  const { place } = installed('');
  const { dependency } = installed(`file:${join(place, 'files', 'package.tgz')}`);
  expect(dependency()).toEqual({ spec: `file:../../../${made - 1}/files/package.tgz` });
});

test('a tarball that was deleted is replaced by the version, with a warning that names it', () => {
  const { place, dependency } = installed('file:../files/gone.tgz');
  const warning = `${join(place, 'files/gone.tgz')} does not exist any more, so package.json depends on chatkit-express ^1.2.3`;
  expect(dependency()).toEqual({ spec: '^1.2.3', warning });
});

test.each([
  ['^1.0.0', '^1.2.3'],
  ['latest', '^1.2.3'],
  ['https://example.com/chatkit-express.tgz', 'https://example.com/chatkit-express.tgz'],
  ['git+ssh://git@example.com/a/b.git#main', 'git+ssh://git@example.com/a/b.git#main'],
  ['github:a/b', 'github:a/b'],
])('%s becomes %s', (spec, expected) => {
  expect(installed(spec).dependency()).toEqual({ spec: expected });
});

test('a copy that no package.json names, such as a global one, is its version', () => {
  const { place, app } = installed('^1.0.0');
  const own = join(place, 'lib/node_modules/chatkit-express');
  mkdirSync(own, { recursive: true });
  expect(ownDependency(app, { folder: own, version: '1.2.3' })).toEqual({ spec: '^1.2.3' });
});

test('a checkout is installed from its folder', () => {
  expect(ownPackage()).toEqual({ folder: root, version: manifest.version });
  expect(ownDependency(join(root, 'a', 'b'))).toEqual({ spec: 'file:../..' });
});

test.each([
  ['file:../a b.tgz', '../a b.tgz'],
  ['file:///var/a%20b.tgz', '/var/a b.tgz'],
  ['./folder', './folder'],
  ['../a.tgz', '../a.tgz'],
  ['/var/a.tgz', '/var/a.tgz'],
  ['a.tar.gz', 'a.tar.gz'],
  ['C:\\a', 'C:\\a'],
  ['1.2.3', undefined],
  ['next', undefined],
  ['https://example.com/a.tgz', undefined],
  ['npm:other@1', undefined],
])('the file of %s is %s', (spec, expected) => {
  expect(fileOf(spec)).toBe(expected);
});

describe('--package', () => {
  const dependencyOf = async (spec: string) => {
    const { place } = installed('');
    const cwd = join(place, 'files');
    const made = await run(['create', 'new', '--package', spec], { cwd });
    const { dependencies } =
      made.code === 0 ? JSON.parse(readFileSync(join(cwd, 'new', 'package.json'), 'utf8')) : { dependencies: {} };
    return [made.code, made.error, dependencies['chatkit-express']];
  };

  test.each([
    ['./package.tgz', 'file:../package.tgz'],
    ['package.tgz', 'file:../package.tgz'],
    ['file:package.tgz', 'file:../package.tgz'],
    ['1.2.3', '1.2.3'],
    ['next', 'next'],
  ])('%s becomes %s', async (spec, expected) => {
    expect(await dependencyOf(spec)).toEqual([0, '', expected]);
  });

  test('that does not exist is refused by name', async () => {
    expect(await dependencyOf('./none.tgz')).toEqual([2, './none.tgz does not exist\n', undefined]);
  });
});
