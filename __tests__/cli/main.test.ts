// The program: its commands, help and version.
import { manifest, run } from './run';

test.each([
  [[], 'Name a command\n'],
  [['migrat', 'a.db'], 'Unknown command: migrat\n'],
  [['toString'], 'Unknown command: toString\n'],
  [['--print'], 'Unknown command: --print\n'],
])('%j is refused with the list of commands', async (args, message) => {
  const { code, out, error } = await run(args);
  expect([code, out]).toEqual([2, '']);
  expect(error.startsWith(message)).toBe(true);
  for (const command of ['create', 'migrate']) expect(error).toContain(`\n${command} <`);
});

test.each(['--help', '-h'])('%s prints the commands', async (flag) => {
  expect(await run([flag])).toEqual({ code: 0, out: expect.stringContaining('Usage: chatkit-express <'), error: '' });
});

test.each(['--version', '-v'])('%s prints the version', async (flag) => {
  expect(await run([flag])).toEqual({ code: 0, out: `${manifest.version}\n`, error: '' });
});
