// Logs an answer that is not complete.
import type { AnswerTurn } from '../../answers/new-item';
import { consoleLogger } from '../../logger';

/** The end of an answer. */
export interface AnswerEnd {
  /** The reason, as for {@link ResponseStreamConverter.incompleteToEvent}. */
  reason: string;
  saidSomething: boolean;
  /** Further fields of the log line. */
  fields?: Record<string, unknown>;
}

/**
 * Logs an end that the notice to the user does not explain. The notice explains the maximum length, and a filter that
 * stopped a partial answer.
 */
export function warnOfEnd(turn: AnswerTurn, { reason, saidSomething, fields = {} }: AnswerEnd): void {
  if (reason === 'max_output_tokens' || (saidSomething && reason === 'content_filter')) return;
  const { logger = consoleLogger, thread } = turn;
  const line = { thread_id: thread.id, reason, ...fields };
  if (saidSomething) logger.warn(line, 'an answer of a model is not complete');
  else logger.warn(line, 'an answer of a model has nothing to show');
}
