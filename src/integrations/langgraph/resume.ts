// resumeOf(): the value with which an interrupted graph continues, from the thread, so that any process can continue it.
import {
  type ApprovalDecision,
  type ApprovalFormOptions,
  approvalOf,
  type ApprovalRequest,
  askApproval,
} from '../../answers/approval';
import { clientToolCall } from '../../answers/client-tool-call';
import type { AnswerTurn } from '../../answers/new-item';
import { privateItem, privateState } from '../../answers/private-item';
import type { RespondTurn } from '../../hooks';
import type { HookEventInput } from '../../protocol';
import { isObject } from '../../protocol/json';
import type { SeenIds } from './graph-conversion';
import { type KnownInterrupt, resumeValue, type ResumeShape } from './interrupts';

/** The value with which a graph continues. */
export interface GraphResume {
  /** For `new Command({ resume })`: the answers by the ids of the interrupts, or the answer to the only interrupt. */
  resume: unknown;
  /** The `thread_id` of the checkpoint, as `streamGraph` was given it. */
  threadId: string | undefined;
}

/** An interrupt that waits for its answer. */
interface Waiting {
  id: string | undefined;
  shape: ResumeShape;
  /** The number of its questions. 0 for a call of the page. */
  questions: number;
}

/** The state of an interrupted graph, as the thread keeps it. */
interface GraphState {
  format: 'langgraph';
  threadId: string | undefined;
  waiting: Waiting[];
  seen: SeenIds;
  /** The ids of the items of the calls, in the order of `waiting`. Empty for questions. */
  calls: string[];
}

/** The part of the turn of `respond` that is read. */
export type ResumeTurn<TContext> = Pick<RespondTurn<TContext>, 'thread' | 'store' | 'context'> &
  Partial<Pick<RespondTurn<TContext>, 'completed' | 'logger'>>;

/** The answer that a turn has for an interrupted graph. */
export interface AnsweredGraph extends GraphResume {
  seen: SeenIds;
}

/**
 * Returns the value with which the graph continues, when this turn has the output of a function of the page, or the user's
 * decision, that an interrupt has asked for. Returns null in every other turn, and for a decision that came after another
 * message of the user.
 *
 * ```ts
 * const resumed = await resumeOf(turn);
 * const input = resumed ? new Command(resumed) : { messages };
 * ```
 */
export async function resumeOf<TContext>(turn: ResumeTurn<TContext>): Promise<GraphResume | null> {
  const answered = await answeredGraph(turn);
  return answered === 'outdated' || !answered ? null : { resume: answered.resume, threadId: answered.threadId };
}

/** Returns the answer of {@link resumeOf}, or `outdated` for a decision that is not valid any more. */
export async function answeredGraph<TContext>(turn: ResumeTurn<TContext>): Promise<AnsweredGraph | 'outdated' | null> {
  const approval = await approvalOf(turn);
  if (approval?.isLost) return 'outdated';
  const asked = approval && graphState(approval.state);
  if (asked) return approval.outdated ? 'outdated' : answerOf(asked, decidedValues(asked, approval.decisions));
  const outputs = new Map(
    (turn.completed ?? []).flatMap((item) =>
      item.type === 'client_tool_call' ? [[item.id, item.output ?? null]] : [],
    ),
  );
  const state = outputs.size > 0 ? await stateOfCalls(turn, new Set(outputs.keys())) : undefined;
  if (!state) return null;
  const values = state.waiting.flatMap((waiting, index) => {
    const callId = state.calls[index] ?? '';
    return outputs.has(callId) ? [{ id: waiting.id, value: outputs.get(callId) }] : [];
  });
  return answerOf(state, values);
}

/** Returns the events by which the page and the user are asked. Questions come first: the graph asks again for the calls. */
export function interruptEvents(
  turn: AnswerTurn,
  interrupts: readonly { id: string | undefined; known: KnownInterrupt }[],
  kept: { threadId: string | undefined; seen: SeenIds },
  form: ApprovalFormOptions = {},
): HookEventInput[] {
  const asked = interrupts.flatMap(({ id, known }) => ('questions' in known ? [{ id, ...known }] : []));
  const state = { format: 'langgraph' as const, ...kept };
  if (asked.length > 0) {
    const waiting = asked.map(({ id, shape, questions }) => ({ id, shape, questions: questions.length }));
    const requests: ApprovalRequest[] = asked.flatMap(({ questions }) => questions);
    return askApproval(turn, requests, { ...form, state: { ...state, waiting, calls: [] } satisfies GraphState });
  }
  const calls = interrupts.flatMap(({ id, known }) => ('tool' in known ? [{ id, ...known }] : []));
  const events = calls.flatMap(({ tool: name, arguments: args }) => clientToolCall(turn, { name, arguments: args }));
  const itemIds = events.flatMap((event) => (event.type === 'thread.item.done' ? [event.item.id] : []));
  const waiting = calls.map(({ id, shape }) => ({ id, shape, questions: 0 }));
  const item: GraphState = { ...state, waiting, calls: itemIds };
  return [privateItem(turn, 'graph', { ...item }, { maxBytes: form.maxBytes ?? maxStateBytes }), ...events];
}

const maxStateBytes = 4_000_000;

function decidedValues({ waiting }: GraphState, decisions: readonly ApprovalDecision[]) {
  const left = [...decisions];
  return waiting.map(({ id, shape, questions }) => ({ id, value: resumeValue(shape, left.splice(0, questions)) }));
}

/** @throws Error for several interrupts without ids, whose answers cannot be told apart. */
function answerOf(
  { threadId, seen }: GraphState,
  values: readonly { id: string | undefined; value: unknown }[],
): AnsweredGraph {
  const [first] = values;
  if (values.length === 1 && first?.id === undefined) return { resume: first?.value, threadId, seen };
  if (values.some(({ id }) => id === undefined)) throw new Error('Several interrupts of the graph have no ids');
  return { resume: Object.fromEntries(values.map(({ id, value }) => [id, value])), threadId, seen };
}

/** Reads the state that the thread keeps. Undefined for the state of another approval. */
function graphState(given: unknown): GraphState | undefined {
  if (!isObject(given) || given['format'] !== 'langgraph') return undefined;
  const { waiting, calls, seen } = given;
  return Array.isArray(waiting) && Array.isArray(calls) && isObject(seen)
    ? (given as unknown as GraphState)
    : undefined;
}

/** Finds the hidden item of calls that were completed. The item precedes the calls, up to items that came in between. */
async function stateOfCalls<TContext>(
  { thread, store, context }: ResumeTurn<TContext>,
  callIds: ReadonlySet<string>,
): Promise<GraphState | undefined> {
  let after: string | null = null;
  for (let pages = 0; pages < maxPages; pages++) {
    const page = await store.loadThreadItems(thread.id, { limit: 100, after, order: 'desc' }, context);
    for (const item of page.data) {
      const state = graphState(privateState(item, 'graph'));
      if (state?.calls.some((id) => callIds.has(id))) return state;
    }
    after = page.data.at(-1)?.id ?? null;
    if (!page.has_more || after === null) return undefined;
  }
  return undefined;
}

/** The most pages of items that are searched. */
const maxPages = 20;
