// The state of an answer must not survive the collections of the young generation, which cost the more the more survives.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { childProgram } from '../support/child-program';

test('V8 moves little more of an answer to the old generation than the store keeps', () => {
  const program = childProgram(join(__dirname, 'surviving-memory.ts'));
  const bytes = Number(execFileSync(process.execPath, [program], { encoding: 'utf8' }));
  // About 1,600 bytes are the stored thread and its items. One function that V8 allocates in the old generation keeps
  // the whole state of the run: about 8,000 bytes more. Node 20 needs about 5,000 for the shapes of objects.
  expect(bytes).toBeGreaterThan(1000);
  expect(bytes).toBeLessThan(12_000);
});
