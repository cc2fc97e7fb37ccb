// Runs the staged projects with the Node that runs this script: Express 4 and 5, `import` and `require`.
//   node __tests__/package/smoke.mjs FOLDER
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

for (const project of ['express4', 'express5']) {
  for (const script of ['import.mjs', 'require.cjs']) {
    execFileSync(process.execPath, [script], {
      cwd: join(process.argv[2], project),
      stdio: 'inherit',
      timeout: 60_000,
    });
  }
}
