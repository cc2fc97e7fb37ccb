// The surroundings of a command, and the texts of errors.

/** The environment of a command. */
export interface CliIo {
  env: Record<string, string | undefined>;
  /** The folder in which the command was started. */
  cwd: string;
  out: (text: string) => void;
  error: (text: string) => void;
  /**
   * Asks the user a question, and resolves with the answer in one line. Rejects with {@link NoAnswer} when the input
   * ends. Undefined when the input or the output is not a terminal.
   */
  ask?: ((question: string) => Promise<string>) | undefined;
}

/** The user has ended the input instead of answering. */
export class NoAnswer extends Error {}

/** Returns the message of an error, or its code. Failed connections to several addresses have no message. */
export function messageOf(error: unknown): string {
  const { message, code } = Object(error) as { message?: string; code?: string };
  return message || code || 'The command failed';
}
