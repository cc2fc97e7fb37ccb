// llms.txt agrees with the documentation.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { baseOf, llmsText } from './llms';
import { forContributors, linksOf, pages, root } from './markdown';

const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const text = readFileSync(join(root, 'llms.txt'), 'utf8');

test('is what `npm run llms` writes', () => {
  expect(text).toBe(llmsText(manifest));
});

test('has the parts of the format: a title, a summary, and sections of links with descriptions', () => {
  expect(text).toMatch(/^# chatkit-express\n\n> \S.+\n\n\S.+\n\n## /);
  const [, ...sections] = text.split(/^## /m);
  expect(sections.length).toBeGreaterThan(5);
  for (const section of sections)
    expect(section).toMatch(/^[A-Z][^\n]+\n\n(?:- \[[^\]]+\]\([^)\s]+\): \S[^\n]+\n)+\n?$/);
});

test('links to every page of docs/ for users, each once, and all links lead to files', () => {
  const [, ...lists] = text.split(/^## /m);
  const all = linksOf({ path: 'llms.txt', text: lists.join('') });
  const links = all.map((link) => link.replace(baseOf(manifest), ''));
  expect(links.filter((link) => !existsSync(join(root, link)))).toEqual([]);
  const expected = pages.map(({ path }) => path).filter((path) => /^docs\/|^CHANGELOG/.test(path));
  expect(links.sort()).toEqual(expected.filter((path) => path !== 'docs/README.md' && path !== forContributors).sort());
});

test.each([
  [undefined, ''],
  ['github:owner/name', 'https://github.com/owner/name/blob/HEAD/'],
  ['owner/name', 'https://github.com/owner/name/blob/HEAD/'],
  [{ url: 'git+https://github.com/owner/a.name.git' }, 'https://github.com/owner/a.name/blob/HEAD/'],
  [{ url: 'https://example.com/owner/name.git' }, ''],
])('with the repository %j, links begin with %j', (repository, base) => {
  expect(baseOf({ name: 'x', ...(repository !== undefined && { repository }) })).toBe(base);
  const made = llmsText({ name: 'x', ...(repository !== undefined && { repository }) });
  expect(made).toContain(`](${base}docs/getting-started.md): `);
});
