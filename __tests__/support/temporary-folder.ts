// A folder for what a test file writes.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A fresh folder, deleted after the file's tests. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'chatkit-express-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
