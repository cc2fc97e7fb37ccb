// The log line of an answer that is not whole.
import type { AnswerTurn } from '../../answers/new-item';
import { consoleLogger } from '../../logger';

/** How an answer ended. */
export interface AnswerEnd {
  /** As {@link ResponseStreamConverter.incompleteToEvent} has it. */
  reason: string;
  saidSomething: boolean;
  /** Further fields of the log line. */
  fields?: Record<string, unknown>;
}

/**
 * Reports an ending that only the log can explain. An answer that reached its greatest length is explained to the user, and
 * so is half an answer that a filter stopped.
 */
export function warnOfEnd(turn: AnswerTurn, { reason, saidSomething, fields = {} }: AnswerEnd): void {
  if (reason === 'max_output_tokens' || (saidSomething && reason === 'content_filter')) return;
  const { logger = consoleLogger, thread } = turn;
  const line = { thread_id: thread.id, reason, ...fields };
  if (saidSomething) logger.warn(line, 'an answer of a model is not whole');
  else logger.warn(line, 'an answer of a model has nothing to show');
}
