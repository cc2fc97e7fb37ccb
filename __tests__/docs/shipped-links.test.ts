// The relative links of the pages in the package lead to files in the package. Pictures stay in the repository, because
// of their size: npm and GitHub show them from there.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { forContributors, linksOf, pages, readPage, resolveLink, root } from './markdown';

/** The paths that npm packs. */
const shipped = (() => {
  const args = ['pack', '--dry-run', '--ignore-scripts', '--json'];
  const output = execFileSync('npm', args, { cwd: root, encoding: 'utf8', stdio: 'pipe' });
  const [{ files }] = JSON.parse(output) as [{ files: { path: string }[] }];
  return new Set(files.map(({ path }) => path));
})();

/** Sources of pictures in HTML, which linksOf does not read. */
const sourcesOf = (text: string) =>
  [...text.matchAll(/<(?:img|a)\b[^>]*?\b(?:src|href)="([^"]+)"/g)].map(([, to]) => to!);

/** The links of a page that lead to no packed file. */
function broken(path: string, text: string): string[] {
  const relative = [...linksOf({ path, text }), ...sourcesOf(text)].filter((link) => !/^[a-z]+:|^#/.test(link));
  const targets = relative.map((link) => [link, resolveLink(path, link.split('#')[0]!)] as const);
  const isPicture = (target: string) => target.startsWith('docs/pictures/') && existsSync(join(root, target));
  return targets.filter(([, target]) => !shipped.has(target) && !isPicture(target)).map(([link]) => link);
}

const packed = pages.filter(({ path }) => shipped.has(path));

test('the package has README.md, every page of docs/ for users, and llms.txt', () => {
  const wanted = pages.map(({ path }) => path).filter((path) => /^docs\/|^README|^CHANGELOG/.test(path));
  expect(wanted.filter((path) => !shipped.has(path))).toEqual([forContributors]);
  expect(shipped.has('llms.txt')).toBe(true);
});

test.each(packed.map(({ path }) => path))('%s links to packed files only', (path) => {
  expect(broken(path, readPage(path).text)).toEqual([]);
});

test('llms.txt links to packed files only', () => {
  expect(broken('llms.txt', readPage('llms.txt').text)).toEqual([]);
});

test('a link to a file that is not packed is found', () => {
  const text = '[a](examples/server.ts) ![b](pictures/none.webp) <img src="../jest.config.js"> [c](options.md#store)';
  expect(broken('docs/page.md', text)).toEqual(['examples/server.ts', 'pictures/none.webp', '../jest.config.js']);
});

test('pictures are not packed, and are small', () => {
  expect([...shipped].filter((path) => /\.(png|webp|jpe?g|gif)$/.test(path))).toEqual([]);
  const pictures = readdirSync(join(root, 'docs/pictures'));
  expect(pictures.length).toBeGreaterThan(3);
  const size = pictures.reduce((sum, name) => sum + statSync(join(root, 'docs/pictures', name)).size, 0);
  expect(size).toBeLessThan(100_000);
});
