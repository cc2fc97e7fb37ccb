// Logs the mistakes of a hook: each kind of mistake once for a run, with the thread and a remedy. A mistake that many
// runs make is logged once a minute.
import { isSilenceExplained } from '../explained-silence';
import type { Logger } from '../logger';
import type { HookEvent } from '../protocol';
import { countMistake } from './repeated-mistakes';
import { type Finding, type RuleName, StreamRules } from './rules';

/** The run whose hook is observed. */
export interface ObservedRun {
  logger: Logger;
  /** True for a run without which the user receives no answer. */
  isAnswer: boolean;
  /** The thread of the turn. */
  thread: object;
  /** Identifies the run in the log. */
  logFields(): { hook: string; thread_id: string };
}

type Report = (logger: Logger, fields: Record<string, unknown>) => void;

const reports: Record<RuleName, Report> = {
  delta_without_part: (logger, fields) =>
    logger.warn(
      fields,
      'a hook wrote to a content part that it never added; yield `assistant_message.content_part.added` first, as `streamAnswer` does',
    ),
  update_of_unknown_item: (logger, fields) =>
    logger.warn(
      fields,
      'a hook updated an item that it never added, so the update is not stored; yield `thread.item.added` first',
    ),
  update_of_unknown_task: (logger, fields) =>
    logger.warn(
      fields,
      'a hook updated a task that its workflow does not have, so the update is lost; yield `workflow.task.added` first',
    ),
  update_after_done: (logger, fields) =>
    logger.warn(
      fields,
      'a hook updated an item after it was done, so the update is not stored; yield `thread.item.done` last, or `thread.item.replaced` after the updates',
    ),
  item_twice: (logger, fields) =>
    logger.warn(
      fields,
      'a hook used the same id for two items, so the second replaces the first; let `turn.generateId` make each id',
    ),
  client_tool_twice: (logger, fields) =>
    logger.warn(fields, 'a hook yielded a client tool call twice, so the page runs the tool twice; yield it once'),
  placeholder_id: (logger, fields) =>
    logger.warn(
      fields,
      'a hook used a placeholder as an id, so each answer overwrites the one before; let `turn.generateId` make each id',
    ),
  message_without_text: (logger, fields) =>
    logger.warn(
      fields,
      'a hook finished a message without text, which is stored as an empty answer; yield `thread.item.removed` in its place, or give it text',
    ),
  loading_task: (logger, fields) =>
    logger.warn(
      fields,
      'a hook finished a workflow whose task is loading, so the page shows a spinner for ever; set its `status_indicator` to complete',
    ),
  never_done: (logger, fields) =>
    logger.warn(
      fields,
      'a hook called a client tool before its item was done, so the item is not stored; yield `thread.item.done` first',
    ),
  nothing_said: (logger, fields) =>
    logger.warn(
      fields,
      'a hook ended without an answer, so the page shows nothing; yield events, such as those of `streamAnswer`, or throw an error',
    ),
};

/** Observes the events of one run. */
export class RunRules {
  readonly #run: ObservedRun;
  /** The rules that were broken. Undefined while there is none. */
  #reported: Set<RuleName> | undefined;
  readonly #rules = new StreamRules((finding) => this.#find(finding));
  #callsClient = false;

  constructor(run: ObservedRun) {
    this.#run = run;
  }

  /** Observes an event that was checked. */
  observe(event: HookEvent): void {
    if ('item' in event && event.item.type === 'client_tool_call') {
      if (event.type === 'thread.item.added') return; // the event is not sent, so that the page runs the tool once
      if (event.type === 'thread.item.done' && event.item.status === 'pending') this.#callsClient = true;
    }
    this.#rules.observe(event);
  }

  /** @param isWhole False when the hook threw. */
  end(isWhole: boolean): void {
    this.#rules.end({ isWhole });
  }

  #find({ rule, itemId }: Finding): void {
    if (this.#reported?.has(rule)) return;
    // The run itself reports its unfinished items, unless the page continues the run.
    if (rule === 'never_done' && !this.#callsClient) return;
    if (rule === 'nothing_said' && (!this.#run.isAnswer || isSilenceExplained(this.#run.thread))) return;
    (this.#reported ??= new Set()).add(rule);
    const { logger } = this.#run;
    const repeated = countMistake(logger, rule);
    if (repeated === undefined) return;
    reports[rule](logger, {
      ...this.#run.logFields(),
      rule,
      ...(itemId !== undefined && { item_id: itemId }),
      ...(repeated > 0 && { repeated }),
    });
  }
}
