// Makes llms.txt (https://llmstxt.org): the pages of the documentation by section, for language models. The sections are
// those of README.md, the descriptions those of docs/README.md. `npm run llms` writes the file.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { linksOf, readPage, resolveLink, root, sectionOf, tableRows } from './markdown';

interface Manifest {
  name: string;
  repository?: string | { url: string };
}

/** Returns the address before the paths of files: of the repository if package.json has one, and else none. */
export function baseOf({ repository }: Manifest): string {
  const url = typeof repository === 'string' ? repository : (repository?.url ?? '');
  const [, path] =
    /^(?:github:|(?:git\+)?https:\/\/github\.com\/|git@github\.com:)?([\w.-]+\/[\w.-]+?)(?:\.git)?$/.exec(url) ?? [];
  return path === undefined ? '' : `https://github.com/${path}/blob/HEAD/`;
}

/** Returns the text of llms.txt. Throws when a page of docs/README.md is in no section of README.md. */
export function llmsText(manifest: Manifest): string {
  const readme = readPage('README.md');
  const index = readPage('docs/README.md');
  const about = new Map(
    tableRows(index.text).map(([link = '', description]) => {
      const [, title, target] = /^\[(.+)\]\((.+)\)$/.exec(link) ?? [];
      return [resolveLink(index.path, target ?? ''), { title, description }];
    }),
  );
  const [, summary] = readme.text.split('\n\n');
  const lists = sectionOf(readme, 'Documentation')
    .replaceAll(/\n {2}/g, ' ')
    .matchAll(/^- ([^:]+): (.+)$/gm);
  const unnamed = new Set(about.keys());
  const sections = [...lists].map(([, title, text]) => {
    const lines = linksOf({ path: readme.path, text: text! }).map((path) => {
      unnamed.delete(path);
      const page = about.get(path) ?? { title: 'Changelog', description: 'The changes of each version.' };
      return `- [${page.title}](${baseOf(manifest)}${path}): ${page.description}\n`;
    });
    return `## ${title}\n\n${lines.join('')}`;
  });
  if (unnamed.size > 0) throw new Error(`README.md names no section for ${[...unnamed].join(', ')}`);
  const contents = 'Each page below is a Markdown file. The package contains the same files.';
  return [`# ${manifest.name}\n`, `> ${summary!.replaceAll('\n', ' ')}\n`, `${contents}\n`, ...sections].join('\n');
}

/** Writes the file: `npm run llms`. */
export function writeLlms(): void {
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Manifest;
  writeFileSync(join(root, 'llms.txt'), llmsText(manifest));
}
