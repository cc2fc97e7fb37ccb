// The places that list the package's entries agree: `exports` in package.json, and `paths` in tsconfig.json, from
// which the build and Jest take theirs.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(__dirname, '..', '..');
const read = (file: string) => JSON.parse(readFileSync(join(root, file), 'utf8'));
const manifest = read('package.json');
const paths = read('tsconfig.json').compilerOptions.paths as Record<string, string[]>;
const subpaths = Object.keys(manifest.exports).filter((subpath) => subpath !== './package.json');

test('every export is built, and everything built is exported', () => {
  const names = subpaths.map((subpath) => subpath.replace('.', manifest.name));
  expect(names.sort()).toEqual(Object.keys(paths).sort());
});

test.each(subpaths)('%s offers ESM, CommonJS and the types of each', (subpath) => {
  const name = subpath === '.' ? 'index' : subpath.slice('./'.length);
  expect(manifest.exports[subpath]).toEqual({
    import: { types: `./dist/${name}.d.ts`, default: `./dist/${name}.js` },
    require: { types: `./dist/cjs/${name}.d.ts`, default: `./dist/cjs/${name}.js` },
  });
});

test.each(Object.entries(paths))('%s has a source', (_name, sources) => {
  expect(sources).toHaveLength(1);
  expect(existsSync(join(root, sources[0]!))).toBe(true);
});

test('`typesVersions` has the types of every subpath, for `moduleResolution: node`', () => {
  const names = subpaths.filter((subpath) => subpath !== '.').map((subpath) => subpath.slice('./'.length));
  expect(manifest.typesVersions).toEqual({
    '*': Object.fromEntries(names.map((name) => [name, [`./dist/${name}.d.ts`]])),
  });
});
