// askApproval() and approvalOf(): ask the user for a yes or no, and read the decision in a later call of `respond`.
import { NotFoundError } from '../errors';
import type { RespondTurn } from '../hooks';
import { consoleLogger } from '../logger';
import { type HookEventInput, maxPageSize, type StructuredInputItem, type ThreadItem } from '../protocol';
import { copyJson } from '../protocol/json';
import { type AnswerTurn, newItem } from './new-item';
import { privateItem, privateState } from './private-item';
import { withoutHalf } from './whole-characters';

/** One question of {@link askApproval}. */
export interface ApprovalRequest {
  /** Identifies the question in {@link Approval.decisions}. Default: its position, `0`, `1`, … */
  id?: string | undefined;
  /** The text for the user. Name everything that the user approves. */
  question: string;
}

/** The buttons of an approval, and the size of its state. */
export interface ApprovalFormOptions {
  /** The label of the answer yes. Default `Approve`. */
  approve?: string | undefined;
  /** The label of the answer no. Default `Reject`. */
  reject?: string | undefined;
  /** The largest state, in bytes of JSON. Default 4,000,000. */
  maxBytes?: number | undefined;
}

/** Options of {@link askApproval}. */
export interface AskApprovalOptions extends ApprovalFormOptions {
  /** Any JSON that the hook needs to continue. The state is stored in the thread and never sent to a client. Default null. */
  state?: unknown;
}

/** The user's decision about one question. */
export interface ApprovalDecision {
  id: string;
  question: string;
  /** True only for a yes that is still valid. See {@link Approval.outdated}. */
  approved: boolean;
  /** The choice of the user. An empty answer counts as skipped. */
  answer: 'approved' | 'rejected' | 'skipped';
}

/** The value of {@link approvalOf}. */
export interface Approval<TState = unknown> {
  /** The id of the hidden item with the state. */
  id: string;
  /** True when every question was answered with yes and the answer is still valid. */
  approved: boolean;
  /** The decisions, in the order of the questions. */
  decisions: ApprovalDecision[];
  /** The state that {@link askApproval} was given. Not checked against `TState`. Null when `isLost`. */
  state: TState;
  /** True when the answer came after another message of the user, or when its state is lost. Nothing counts as approved. */
  outdated: boolean;
  /** True when the state of the question does not exist any more, for example because the message is being retried. */
  isLost: boolean;
}

/** The part of the turn of `respond` that {@link approvalOf} reads. */
export type ApprovalTurn<TContext> = Pick<RespondTurn<TContext>, 'thread' | 'store' | 'context'> &
  Partial<Pick<RespondTurn<TContext>, 'completed' | 'logger'>>;

const defaultMaxBytes = 4_000_000;
const fieldPrefix = 'approval';

/**
 * Asks the user for a yes or no, for a hook to yield:
 *
 * ```ts
 * yield* askApproval(turn, 'Delete all 12 files?', { state: { folder } });
 * return;
 * ```
 *
 * The user sees a form with one question for each request. End the hook after it: `respond` is called again once the
 * user has answered or skipped the form, and {@link approvalOf} returns the decisions with the `state`. The state is a
 * hidden item of the thread, which is stored before the form, so that any instance of the application can continue,
 * also after a restart.
 *
 * @param request The question, or a list of questions that the user answers together.
 * @throws TypeError for an empty list, an empty question or equal labels, and for a state that JSON cannot express.
 * RangeError for a state of more than `maxBytes`.
 */
export function askApproval(
  turn: AnswerTurn,
  request: string | ApprovalRequest | readonly ApprovalRequest[],
  { state = null, approve = 'Approve', reject = 'Reject', maxBytes = defaultMaxBytes }: AskApprovalOptions = {},
): HookEventInput[] {
  const given = typeof request === 'string' || 'question' in request ? [request] : request;
  const requests = given.map((one, index) => requestOf(one, index));
  if (requests.length === 0) throw new TypeError('An approval needs a question');
  if (approve === reject) throw new TypeError(`The labels of an approval must differ, and both are "${approve}"`);
  const form = newItem(turn, 'structured_input');
  const stateId = turn.generateId('sdk_hidden_context');
  const kept = { form: form.id, approve, reject, requests, state: copyJson(state) };
  const inputs = requests.map(({ question }, index) => ({
    type: 'multiple_choice' as const,
    id: `${fieldPrefix}:${index}:${stateId}`,
    question,
    options: [{ value: approve }, { value: reject }],
  }));
  return [
    privateItem(turn, 'approval', kept, { id: stateId, maxBytes }),
    { type: 'thread.item.done', item: { ...form, status: 'pending', inputs } },
  ];
}

/**
 * Returns the user's decision when this call of `respond` answers {@link askApproval}. Returns null in every other call.
 *
 * ```ts
 * const approval = await approvalOf<{ folder: string }>(turn);
 * if (approval?.approved) await deleteFiles(approval.state.folder);
 * ```
 *
 * A form is answered once, also by two tabs or two processes: the second answer is refused with 409. When the user has
 * written another message since the question, the decision is `outdated` and not `approved`.
 */
export async function approvalOf<TState = unknown, TContext = unknown>(
  turn: ApprovalTurn<TContext>,
): Promise<Approval<TState> | null> {
  const form = (turn.completed ?? []).find((item) => item.type === 'structured_input' && isApprovalForm(item));
  if (form?.type !== 'structured_input') return null;
  const id = form.inputs[0]?.id.slice(`${fieldPrefix}:0:`.length) ?? '';
  const item = await stateItem(turn, id);
  const kept = item && storedApproval(item);
  if (kept?.form !== form.id) {
    const { logger = consoleLogger, thread } = turn;
    logger.warn({ thread_id: thread.id, item_id: form.id }, 'the state of an approval is missing');
    const decisions = form.inputs.map(({ question }, index) => ({ ...unanswered, id: String(index), question }));
    return { id, approved: false, decisions, state: null as TState, outdated: true, isLost: true };
  }
  const outdated = await hasNewerMessage(turn, form.id);
  const decisions = decisionsOf(kept, form, outdated);
  const approved = decisions.every((decision) => decision.approved);
  return { id, approved, decisions, state: kept.state as TState, outdated, isLost: false };
}

function requestOf(given: string | ApprovalRequest, index: number): { id: string; question: string } {
  const { id = String(index), question } = typeof given === 'string' ? { question: given } : given;
  if (typeof question !== 'string' || question.trim() === '') throw new TypeError('An approval needs a question');
  return { id, question };
}

const unanswered = { approved: false, answer: 'skipped' as const };

/** The notice for a decision that no longer counts. An adapter shows it in place of an answer. */
export function outdatedNotice(): HookEventInput {
  const message = 'This question is out of date, because the conversation has continued. Nothing was done.';
  return { type: 'notice', level: 'warning', message };
}

/** The questions of one form, as the hidden item keeps them. */
export interface StoredApproval {
  form: string;
  approve: string;
  requests: { id: string; question: string }[];
  state: unknown;
}

/** Returns what an item keeps of an approval. Undefined for any other item. */
export function storedApproval(item: ThreadItem): StoredApproval | undefined {
  const state = privateState(item, 'approval');
  return state && Array.isArray(state['requests']) ? (state as unknown as StoredApproval) : undefined;
}

/** Returns the decisions of an answered form. Only the label of the yes counts as a yes. */
export function decisionsOf(
  { approve, requests }: StoredApproval,
  { status, inputs }: StructuredInputItem,
  outdated: boolean,
): ApprovalDecision[] {
  return requests.map(({ id, question }, index) => {
    const answer = inputs[index]?.answer;
    const isSkipped = status !== 'answered' || !answer || answer.skipped || answer.values.length === 0;
    const isYes = !isSkipped && answer.values.length === 1 && answer.values[0] === approve;
    return {
      id,
      question,
      approved: isYes && !outdated,
      answer: isSkipped ? 'skipped' : isYes ? 'approved' : 'rejected',
    };
  });
}

/** Returns the text of the question whether a call may run, with the arguments of the call. */
export function callQuestion(name: string, args: unknown): string {
  const text = typeof args === 'string' ? args : (JSON.stringify(args) ?? '');
  const beginning = withoutHalf(text.slice(0, maxShown));
  const shown = text.length > maxShown ? `${beginning}… (${text.length - beginning.length} more characters)` : text;
  return ['', '{}', 'null'].includes(text.trim()) ? `Allow ${name}?` : `Allow ${name} with ${shown}?`;
}

/** The most characters of arguments in a question. */
const maxShown = 2000;

function isApprovalForm({ inputs }: StructuredInputItem): boolean {
  return inputs[0]?.id.startsWith(`${fieldPrefix}:0:`) ?? false;
}

async function stateItem<TContext>(
  { store, thread, context }: ApprovalTurn<TContext>,
  id: string,
): Promise<ThreadItem | undefined> {
  try {
    return await store.loadItem(thread.id, id, context);
  } catch (error) {
    if (error instanceof NotFoundError) return undefined;
    throw error;
  }
}

/** Returns true when the user has said something after the item. */
async function hasNewerMessage<TContext>(
  { store, thread, context }: ApprovalTurn<TContext>,
  itemId: string,
): Promise<boolean> {
  for (let after = itemId; ;) {
    const page = await store.loadThreadItems(thread.id, { limit: maxPageSize, after, order: 'asc' }, context);
    if (page.data.some(({ type }) => type === 'user_message')) return true;
    const last = page.data.at(-1);
    if (!page.has_more || !last) return false;
    after = last.id;
  }
}
