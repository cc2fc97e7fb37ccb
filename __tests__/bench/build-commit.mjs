// Builds the package as it was at a commit, in a temporary worktree with the node_modules of this one.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Returns the path of the built entry, and a function that removes the worktree. */
export function buildCommit(commit) {
  const parent = mkdtempSync(join(tmpdir(), 'chatkit-bench-'));
  const folder = join(parent, 'package');
  const run = (command, args, cwd = root) => execFileSync(command, args, { cwd, encoding: 'utf8', stdio: 'pipe' });
  const remove = () => {
    try {
      run('git', ['worktree', 'remove', '--force', folder]);
    } finally {
      rmSync(parent, { recursive: true, force: true });
    }
  };
  run('git', ['worktree', 'add', '--detach', folder, commit]);
  try {
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'), 'junction');
    run(process.execPath, [join(root, 'node_modules/tsdown/dist/run.mjs')], folder);
  } catch (error) {
    remove();
    throw new Error(`${commit} could not be built with the dependencies of this version: ${error.stderr}`, {
      cause: error,
    });
  }
  return { entry: join(folder, 'dist/index.js'), remove };
}
