// The program `chatkit-express`: runs the command that its first argument names.
import { create } from './create';
import type { CliIo } from './io';
import { migrate } from './migrate';
import { ownPackage } from './own-package';

const usage = `Usage: chatkit-express <command>

create <folder>     Creates an app that serves ChatKit.
migrate <database>  Updates the tables of a store to this version.

chatkit-express <command> --help describes a command. chatkit-express --version prints the version.
`;

const commands: Record<string, (args: string[], io: CliIo) => Promise<number>> = { create, migrate };

/** Runs the program. Resolves with the exit code: 0, 1 for a failure, 2 for wrong arguments, 130 for an interruption. */
export async function main([command, ...args]: string[], io: CliIo): Promise<number> {
  if (command === '--help' || command === '-h') {
    io.out(usage);
    return 0;
  }
  if (command === '--version' || command === '-v') {
    io.out(`${ownPackage().version}\n`);
    return 0;
  }
  const run = Object.hasOwn(commands, command ?? '') ? commands[command ?? ''] : undefined;
  if (run) return run(args, io);
  io.error(`${command === undefined ? 'Name a command' : `Unknown command: ${command}`}\n\n${usage}`);
  return 2;
}
