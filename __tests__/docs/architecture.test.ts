// docs/architecture.md names files, import rules and dependencies that exist, and leaves none of the last two out.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { proseOf, readPage, root, sectionOf, tableRows } from './markdown';

const page = readPage('docs/architecture.md');
const codesIn = (text: string): string[] => [...text.matchAll(/`([^`\n]+)`/g)].map((match) => match[1]!);
const codesInFirstCells = (section: string) => tableRows(section).flatMap(([cell]) => codesIn(cell!));

it('names files and folders that exist', () => {
  const paths = codesIn(proseOf(page)).filter((code) =>
    /^(src|__tests__|playground|eslint)\/|\.(cjs|js|json)$/.test(code),
  );
  expect(paths.length).toBeGreaterThan(50);
  const missing = paths.filter((path) => path !== 'magic-bytes.js' && !existsSync(join(root, path)));
  expect(missing).toEqual([]);
});

it('names files in its diagrams that exist', () => {
  const diagrams = [...page.text.matchAll(/```mermaid\n(.*?)```/gs)].map((match) => match[1]!);
  const names = diagrams.flatMap((diagram) => [...diagram.matchAll(/[\w-]+(?:\/[\w-]+)*(?:\.ts|\/)(?=["\],\s])/g)]);
  const paths = names.map(([name]) => join('src', name));
  expect(paths.length).toBeGreaterThan(10);
  expect(paths.filter((path) => !existsSync(join(root, path)))).toEqual([]);
});

it('has a row for every folder of src', () => {
  const folders = readdirSync(join(root, 'src'), { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const named = codesInFirstCells(sectionOf(page, 'Layers')).filter((code) => code.endsWith('/'));
  expect(named.sort()).toEqual(folders.map(({ name }) => `src/${name}/`).sort());
});

it('names every rule for imports, and no other', () => {
  const { forbidden } = jest.requireActual<{ forbidden: { name: string }[] }>('../../.dependency-cruiser.cjs');
  const named = codesInFirstCells(sectionOf(page, 'Rules that tools enforce'));
  expect(named.sort()).toEqual(forbidden.map(({ name }) => name).sort());
});

it('names every dependency once, and no other', () => {
  const { dependencies, peerDependencies, devDependencies } = JSON.parse(
    readFileSync(join(root, 'package.json'), 'utf8'),
  ) as Record<string, Record<string, string>>;
  const [installed, peers, forDevelopment] = sectionOf(page, 'Dependencies')
    .split(/^(?:Peer|For development)/m)
    .map(tableRows);
  const namesOf = (cells: string[]) => cells.flatMap(codesIn).sort();
  expect(namesOf(installed!.map(([cell]) => cell!))).toEqual(Object.keys(dependencies!).sort());
  expect(namesOf(peers!.map(([cell]) => cell!))).toEqual(Object.keys(peerDependencies!).sort());
  const others = Object.keys(devDependencies!).filter((name) => !(name in peerDependencies!));
  expect(namesOf(forDevelopment!.map(([, cell]) => cell!))).toEqual(others.sort());
});
