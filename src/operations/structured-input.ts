// threads.add_structured_input: stores the user's answers to questions, and calls `respond`.
import { randomUUID } from 'node:crypto';
import { ChatKitError } from '../errors';
import type { Logger } from '../logger';
import type { StructuredInputField, StructuredInputItem, StructuredInputSubmission } from '../protocol';
import { copyJson } from '../protocol/json';
import type { StreamOperation } from './operation';
import { assertCompletable, beginRun, invalidField, loadThread, ofThread } from './lookup';
import { respondPlan } from './respond';

export const addStructuredInput: StreamOperation<'threads.add_structured_input'> = async (
  { thread_id, item_id, input },
  scope,
) => {
  const { context } = scope;
  const { store, logger } = scope.options;
  const load = store.loadItem(thread_id, item_id, context);
  const item = await ofThread(thread_id, load, 'There is no such item', scope);
  if (item.type !== 'structured_input') throw invalidField(['item_id'], 'is not a structured input');
  if (item.status !== 'pending') throw new ChatKitError('conflict', `The questions were ${item.status} before`);
  const completed = answered(item, input, logger);
  const thread = await loadThread(thread_id, scope);
  await assertCompletable(thread, item_id, scope);
  const hasWaited = await beginRun(thread_id, undefined, scope);
  const current = hasWaited ? await loadThread(thread_id, scope) : thread;
  scope.throwIfLeft();
  await store.completeItem(thread_id, completed, { attempt: randomUUID(), turn: [] }, context);
  return {
    ...respondPlan(current, [completed], scope),
    first: [{ type: 'thread.item.replaced', item: copyJson(completed) }], // a copy, because the hook has the original
  };
};

function answered(
  item: StructuredInputItem,
  { status, answers }: StructuredInputSubmission,
  logger: Logger,
): StructuredInputItem {
  const questions = new Set(item.inputs.map((field) => field.id));
  const unknown = Object.keys(answers).filter((id) => !questions.has(id));
  if (unknown.length > 0) {
    const fields = { thread_id: item.thread_id, item_id: item.id, question_ids: unknown };
    logger.warn(fields, 'answers to questions that were never asked are ignored');
  }
  return {
    ...item,
    status,
    inputs: item.inputs.map((field) => ({ ...field, answer: answerTo(field, status, answers) })),
  };
}

function answerTo(
  field: StructuredInputField,
  status: StructuredInputSubmission['status'],
  answers: StructuredInputSubmission['answers'],
) {
  const given = Object.hasOwn(answers, field.id) ? answers[field.id] : undefined;
  if (status === 'skipped' || !given || given.skipped || given.values.length === 0)
    return { values: [], skipped: true };
  const single = field.type === 'multiple_choice' && !field.multiple;
  return { values: single ? given.values.slice(0, 1) : given.values, skipped: false };
}
