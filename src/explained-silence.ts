// Remembers the answers without events whose reason is in the log already, so that the log has one line for one mistake.

const threads = new WeakSet<object>();

/** @param thread The run's own copy of the thread, as the turn has it. */
export function explainSilence(thread: object): void {
  threads.add(thread);
}

export function isSilenceExplained(thread: object): boolean {
  return threads.has(thread);
}
