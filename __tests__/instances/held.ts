// Holds the answers of a process until its test lets them go on, so that a test never races against their end.
import { EventEmitter, once } from 'node:events';

const released = new EventEmitter();
let waiting = 0;
process.on('message', (message) => {
  if (message !== 'go on') return;
  waiting++;
  released.emit('one');
});

/** Settles when the test has sent one 'go on' for this answer, or when the signal is aborted. */
export async function heldUntil(signal: AbortSignal): Promise<void> {
  while (waiting === 0 && !signal.aborted) await once(released, 'one', { signal }).catch(() => undefined);
  if (waiting > 0) waiting--;
}
