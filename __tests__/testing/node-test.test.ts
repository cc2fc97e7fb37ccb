// The suite needs no particular test runner: here it runs under Node's own.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

test('runs under node:test, which sees what passes and what fails', () => {
  const { NODE_OPTIONS: _options, ...env } = process.env;
  const { stdout, status } = spawnSync(
    process.execPath,
    ['--import', 'tsx', '--test-reporter', 'tap', join(__dirname, 'node-test.mjs')],
    { cwd: join(__dirname, '..', '..'), env, encoding: 'utf8' },
  );
  const passed = stdout.match(/^ok \d+ - .*/gm) ?? [];
  const failed = stdout.match(/^not ok \d+ - .*/gm) ?? [];
  expect(status).toBe(1);
  expect(passed.filter((line) => line.includes('- right: ')).length).toBeGreaterThan(60);
  expect(failed.filter((line) => line.includes('- right: '))).toEqual([]);
  expect(failed.join('\n')).toContain('broken: pages of threads hold every row once');
  expect(failed.join('\n')).toContain('broken: random operations are answered as by a model');
  expect(stdout).toContain('seed 7, operation ');
}, 60_000);
