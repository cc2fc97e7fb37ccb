// Runs the staged projects with the Node that runs this script: Express 4 and 5, `import` and `require`.
//   node __tests__/package/smoke.mjs FOLDER
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

// Node 24 loads its WebSocket client with the ES module of `http`, which the package avoids.
const load = `await import('chatkit-express'); console.log(process.moduleLoadList.some((name) => /undici/.test(name)));`;

for (const project of ['express4', 'express5']) {
  const cwd = join(process.argv[2], project);
  for (const script of ['import.mjs', 'require.cjs']) {
    execFileSync(process.execPath, [script], {
      cwd,
      stdio: 'inherit',
      timeout: 60_000,
    });
  }
  const args = ['--input-type=module', '--eval', load];
  assert.equal(execFileSync(process.execPath, args, { cwd, encoding: 'utf8', timeout: 60_000 }), 'false\n');
}
