// Approvals of an agent's tools: asks the user whether calls may run, and continues the run with the decisions.
import {
  type ApprovalDecision,
  type ApprovalFormOptions,
  approvalOf,
  askApproval,
  callQuestion,
} from '../../answers/approval';
import type { HookEventInput } from '../../protocol';
import { isObject } from '../../protocol/json';
import type { AgentContext, ClientToolRequest } from './agent-context';
import type { StreamedAgentRun } from './agent-run';

/** The part of a `RunState` of the SDK that is called. */
export interface AgentRunState {
  getInterruptions(): readonly object[];
  approve(interruption: never): void;
  reject(interruption: never): void;
}

/** The run that the user's decision continues. */
export interface AgentResume {
  /** The state of the run, for `RunState.fromStringWithContext`. */
  state: string;
  /** The decisions, in the order of the calls. */
  decisions: readonly ApprovalDecision[];
  /** Approves and rejects the calls that wait, as the user has decided. A call without a decision is rejected. Returns the state. */
  applyTo<TState extends AgentRunState>(state: TState): TState;
}

/** The state of a run that waits for an approval, as the thread keeps it. */
interface AgentApprovalState {
  format: 'agents';
  run: string;
  /** The ids of the items that the run has shown. */
  items: string[];
  /** The page's calls that the tools of the run have asked for. */
  clientTools: ClientToolRequest[];
}

/** The decision that a turn answers. */
export interface AnsweredRun {
  resume: AgentResume;
  /** True once {@link AgentResume.applyTo} was called. */
  isApplied: boolean;
  /** The ids of the items that the run has shown, and of the form. */
  items: string[];
  clientTools: ClientToolRequest[];
}

/**
 * Returns the run that the user's decision continues. Returns null in a turn that does not answer an approval, and for an
 * answer that came after another message of the user.
 */
export async function resumeOf<TContext>(agentContext: AgentContext<TContext>): Promise<AgentResume | null> {
  const answered = await answeredRun(agentContext);
  return answered === 'outdated' ? null : (answered?.resume ?? null);
}

/** The runs that turns continue, so that all readers of a turn know whether the decisions were applied. */
const answeredRuns = new WeakMap<object, Promise<AnsweredRun | 'outdated' | null>>();

/** Returns the run of {@link resumeOf}, or `outdated` for a decision that is not valid any more. */
export function answeredRun<TContext>(agentContext: AgentContext<TContext>): Promise<AnsweredRun | 'outdated' | null> {
  let answered = answeredRuns.get(agentContext);
  if (!answered) answeredRuns.set(agentContext, (answered = readAnswered(agentContext)));
  return answered;
}

/** Returns the decisions that the run was continued with. Null for a run that began anew. */
export async function appliedRun<TContext>(agentContext: AgentContext<TContext>): Promise<AnsweredRun | null> {
  const answered = await answeredRun(agentContext);
  return answered !== 'outdated' && answered?.isApplied ? answered : null;
}

async function readAnswered<TContext>(agentContext: AgentContext<TContext>): Promise<AnsweredRun | 'outdated' | null> {
  const approval = await approvalOf(agentContext);
  if (!approval) return null;
  if (approval.isLost) return 'outdated';
  const state = isObject(approval.state) ? (approval.state as Partial<AgentApprovalState>) : {};
  const { format, run, items = [], clientTools = [] } = state;
  if (format !== 'agents' || typeof run !== 'string') return null;
  if (approval.outdated) return 'outdated';
  const { decisions } = approval;
  const answered: AnsweredRun = {
    ...{ clientTools, isApplied: false },
    items: [...items, ...agentContext.completed.map(({ id }) => id)],
    resume: {
      ...{ state: run, decisions },
      applyTo(given) {
        answered.isApplied = true;
        decide(given, decisions);
        return given;
      },
    },
  };
  return answered;
}

function decide(state: AgentRunState, decisions: readonly ApprovalDecision[]): void {
  const left = [...decisions];
  for (const interruption of state.getInterruptions()) {
    const id = idOf(interruption);
    const index = left.findIndex((decision) => decision.id === id);
    const [decision] = index < 0 ? [] : left.splice(index, 1);
    if (decision?.approved) state.approve(interruption as never);
    else state.reject(interruption as never);
  }
}

/** Returns the events of the question; none for a run that does not wait for an approval. */
export function approvalEvents<TContext>(
  agentContext: AgentContext<TContext>,
  run: StreamedAgentRun,
  { items, clientTools }: { items: Iterable<string>; clientTools: readonly ClientToolRequest[] },
  form: ApprovalFormOptions = {},
): HookEventInput[] {
  const { interruptions = [] } = run;
  if (interruptions.length === 0) return [];
  const requests = interruptions.map((interruption) => ({
    id: idOf(interruption),
    question: questionOf(interruption),
  }));
  const state: AgentApprovalState = {
    ...{ format: 'agents', run: stateOf(run), items: [...items], clientTools: [...clientTools] },
  };
  return askApproval(agentContext, requests, { ...form, state });
}

/**
 * Returns the state as text, without the context: it belongs to this turn, and may hold secrets.
 * @throws the errors of the SDK; TypeError for a run without a state.
 */
function stateOf({ state, runContext }: StreamedAgentRun): string {
  if (!state) throw new TypeError('A run that waits for an approval needs a `state`: pass what run() returned');
  const context = runContext as { context?: unknown } | undefined;
  const kept = context?.context;
  try {
    if (context) context.context = {};
    return state.toString();
  } finally {
    if (context) context.context = kept;
  }
}

function rawOf(interruption: object): Record<string, unknown> {
  const { rawItem } = interruption as { rawItem?: unknown };
  return isObject(rawItem) ? rawItem : {};
}

function idOf(interruption: object): string {
  const { callId, id, providerData } = rawOf(interruption);
  const ids = [callId, id, isObject(providerData) ? providerData['id'] : undefined];
  return ids.find((one) => typeof one === 'string') ?? '';
}

/** The name of the tool, with its server for a hosted tool, and the arguments of the call. */
function questionOf(interruption: object): string {
  const { name, arguments: args, providerData } = rawOf(interruption);
  const { toolName } = interruption as { toolName?: unknown };
  const { name: own, server_label: server, arguments: ownArgs } = isObject(providerData) ? providerData : {};
  const tool = [toolName, own, name].find((one) => typeof one === 'string' && one !== '') as string | undefined;
  const named = `${tool ?? 'a tool'}${typeof server === 'string' ? ` of ${server}` : ''}`;
  return callQuestion(named, args ?? ownArgs);
}
