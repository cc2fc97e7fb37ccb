// Every link between the pages leads somewhere, and the prose keeps to its width.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { anchorsOf, forContributors, linksOf, pages, proseOf, readPage, resolveLink, root } from './markdown';

describe.each(pages.map((page) => [page.path, page] as const))('%s', (path, page) => {
  const inside = linksOf(page).filter((link) => !/^[a-z]+:/.test(link));

  it('links to files and headings that are there', () => {
    const broken = inside.filter((link) => {
      const [target = '', anchor] = link.split('#');
      const file = target === '' ? path : resolveLink(path, target);
      if (!existsSync(join(root, file))) return true;
      return anchor !== undefined && !(file.endsWith('.md') && anchorsOf(readPage(file)).has(anchor));
    });
    expect(broken).toEqual([]);
  });

  it('links from docs/ to nothing that the package leaves out', () => {
    const left = inside.filter((link) => path.startsWith('docs/') && /^\.\.\/|^examples\//.test(link));
    expect(left).toEqual([]);
  });

  it('begins with one heading and is wrapped at 120 columns', () => {
    const lines = proseOf(page).split('\n');
    expect(lines[0]).toMatch(/^# /);
    expect(lines.filter((line) => /^# /.test(line))).toHaveLength(1);
    // Tables and links cannot be broken.
    expect(lines.filter((line) => line.length > 120 && !/^\||^- \[.*\)$/.test(line))).toEqual([]);
  });
});

it('docs/README.md names every page for users', () => {
  const index = readPage('docs/README.md');
  const named = new Set(linksOf(index).map((link) => resolveLink(index.path, link)));
  const missing = pages.map(({ path }) => path).filter((path) => path.startsWith('docs/') && !named.has(path));
  expect(missing.sort()).toEqual(['docs/README.md', forContributors]);
});
