// An error that the user reads, and can try again.
import { CustomStreamError, type HookEvents } from 'chatkit-express';
import type { MessageTurn } from '../demo-turn';
import { say } from '../say';

/**
 * Fails the first time, and answers when the same message is tried again. Any other error that a hook throws ends the
 * stream as well, but then the user reads a neutral sentence and only the log has the error.
 */
export async function* error(turn: MessageTurn): HookEvents {
  const { thread, input } = turn;
  if (thread.metadata['failedMessage'] !== input.id) {
    thread.metadata['failedMessage'] = input.id; // our own note: metadata is saved, and never leaves the server
    throw new CustomStreamError('The demo fails on purpose. Press Retry: the second time works.', { allowRetry: true });
  }
  yield* say(turn, 'The second time worked.');
}
