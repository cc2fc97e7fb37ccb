// Runs the program in this process.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CliIo } from '../../src/cli/io';
import { main } from '../../src/cli/main';

export const root = join(__dirname, '..', '..');
export const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  version: string;
  devDependencies: Record<string, string>;
  peerDependencies: Record<string, string>;
};

/** Runs the program. Resolves with its exit code and output. */
export async function run(args: string[], io: Partial<Pick<CliIo, 'env' | 'cwd' | 'ask'>> = {}) {
  let [out, error] = ['', ''];
  const given = { env: {}, cwd: root, out: (text: string) => (out += text), error: (text: string) => (error += text) };
  const code = await main(args, { ...given, ...io });
  return { code, out, error };
}
