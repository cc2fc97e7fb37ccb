// The scripts that cut and guard a release, in a folder that holds only the files that they read.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = join(__dirname, '..', '..');
const entries = '\n\n### Added\n\n- A store.\n';
let folder: string;

interface Project {
  version?: string;
  repository?: unknown;
  changelog?: string;
  locked?: string;
}

function project({ version = '0.1.0', repository, changelog, locked = version }: Project = {}): void {
  const files = {
    'package.json': { name: 'chatkit-express', version, ...(repository !== undefined && { repository }) },
    'package-lock.json': { name: 'chatkit-express', version: locked, packages: { '': { version: locked } } },
  };
  for (const [name, value] of Object.entries(files)) {
    writeFileSync(join(folder, name), `${JSON.stringify(value, null, 2)}\n`);
  }
  writeFileSync(join(folder, 'CHANGELOG.md'), changelog ?? `# Changelog\n\n## [Unreleased]${entries}`);
}

const read = (name: string) => readFileSync(join(folder, name), 'utf8');
const contents = () => ['package.json', 'package-lock.json', 'CHANGELOG.md'].map(read);
function run(script: string, ...args: string[]) {
  const file = join(root, 'scripts', script);
  const { status, stderr } = spawnSync(process.execPath, [file, ...args], { cwd: folder, encoding: 'utf8' });
  return { status, stderr };
}

beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'chatkit-express-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('npm run release', () => {
  it('moves the entries to a section of the version, and sets the version in both files', () => {
    project({ changelog: `# Changelog\n\n## [Unreleased]${entries}\n## [0.1.0] - 2026-01-31\n\n- The first.\n` });
    const before = new Date().toISOString().slice(0, 10);
    expect(run('release.mjs', '0.2.0')).toEqual({ status: 0, stderr: '' });
    const date = /^## \[0\.2\.0\] - (\S+)$/m.exec(read('CHANGELOG.md'))?.[1];
    expect([before, new Date().toISOString().slice(0, 10)]).toContain(date);
    expect(read('CHANGELOG.md')).toBe(
      `# Changelog\n\n## [Unreleased]\n\n## [0.2.0] - ${date!}${entries}\n## [0.1.0] - 2026-01-31\n\n- The first.\n`,
    );
    expect(JSON.parse(read('package.json'))).toEqual({ name: 'chatkit-express', version: '0.2.0' });
    expect(JSON.parse(read('package-lock.json'))).toMatchObject({
      version: '0.2.0',
      packages: { '': { version: '0.2.0' } },
    });
  });

  it.each([
    ['0.1.0', '0.1.0'],
    ['0.1.0', '0.1.1-beta.1'],
    ['0.1.1-beta.2', '0.1.1-beta.10'],
    ['0.1.1-beta.2', '0.1.1'],
    ['0.9.0', '0.10.0'],
  ])('follows %s with %s', (version, next) => {
    project({ version });
    expect(run('release.mjs', next)).toEqual({ status: 0, stderr: '' });
    expect(read('package.json')).toContain(`"version": "${next}"`);
  });

  it.each<[string, Project, string[], string]>([
    ['no version', {}, [], 'name one version'],
    ['two versions', {}, ['0.2.0', '0.3.0'], 'name one version'],
    ['a tag', {}, ['v0.2.0'], '"v0.2.0" is not a version'],
    ['an incomplete version', {}, ['0.2'], '"0.2" is not a version'],
    ['a lower version', { version: '0.10.0' }, ['0.9.0'], '0.9.0 is lower than 0.10.0'],
    ['a pre-release of the same version', {}, ['0.1.0-beta.1'], 'is lower than'],
    ['no entries', { changelog: '# Changelog\n\n## [Unreleased]\n\n## [0.0.1] - x\n\n- A.\n' }, ['0.2.0'], 'no change'],
    ['no section for them', { changelog: '# Changelog\n' }, ['0.2.0'], 'no section "## [Unreleased]"'],
    [
      'a version that is released',
      { changelog: `## [Unreleased]${entries}\n## [0.1.0] - 2026-01-31${entries}` },
      ['0.1.0'],
      'a section for 0.1.0 already',
    ],
  ])('changes nothing for %s', (_case, files, args, reason) => {
    project(files);
    const before = contents();
    const { status, stderr } = run('release.mjs', ...args);
    expect({ status, stderr }).toEqual({ status: 1, stderr: expect.stringContaining(reason) as string });
    expect(contents()).toEqual(before);
  });

  it('leaves files that the check before publishing accepts', () => {
    project({ repository: { type: 'git', url: 'git+https://example.com/a.git' } });
    run('release.mjs', '0.2.0');
    expect(run('publishable.mjs', 'v0.2.0')).toEqual({ status: 0, stderr: '' });
    expect(run('publishable.mjs')).toEqual({ status: 0, stderr: '' });
  });
});

describe('the check before publishing', () => {
  const repository = 'https://example.com/a.git';
  const changelog = `## [Unreleased]\n\n## [0.1.0] - 2026-01-31${entries}`;

  it.each<[string, Project, string]>([
    ['without a repository', { changelog }, '`repository` is not set'],
    ['with an empty repository', { changelog, repository: { type: 'git', url: '' } }, '`repository` is not set'],
    ['of another tag', { changelog, repository, version: '0.1.1' }, 'the tag is v0.1.0'],
    ['with an old lock file', { changelog, repository, locked: '0.0.9' }, 'package-lock.json has version 0.0.9'],
    ['without a section', { repository }, 'no section for 0.1.0'],
    ['with an empty section', { repository, changelog: '## [0.1.0] - 2026-01-31\n\n## [0.0.1]\n\n- A\n' }, 'is empty'],
    ['without a date', { repository, changelog: `## [0.1.0]${entries}` }, 'has no date'],
  ])('refuses a version %s', (_case, files, reason) => {
    project(files);
    expect(run('publishable.mjs', 'v0.1.0')).toEqual({
      status: 1,
      stderr: expect.stringContaining(reason) as string,
    });
  });

  it('reports every reason at once', () => {
    project({ locked: '0.0.9' });
    const { stderr } = run('publishable.mjs', 'v1.0.0');
    expect(stderr.trim().split('\n')).toHaveLength(4);
  });

  it('is run by npm before the package is built, and refuses this repository until it has an address', () => {
    const { scripts, repository: address } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
      scripts: Record<string, string>;
      repository?: unknown;
    };
    expect(scripts['prepublishOnly']).toBe('node scripts/publishable.mjs');
    const script = join(root, 'scripts', 'publishable.mjs');
    const { stderr } = spawnSync(process.execPath, [script], { cwd: root, encoding: 'utf8' });
    expect(stderr.includes('`repository` is not set')).toBe(address === undefined);
  });
});
