// Interrupts of a graph: what the page or the user is asked, and the value with which the graph continues.
import { type ApprovalDecision, type ApprovalRequest, callQuestion } from '../../answers/approval';
import type { JsonObject } from '../../protocol';
import { isObject } from '../../protocol/json';

/** The request that an interrupt makes: a function of the page, or a yes or no of the user. */
export type InterruptRequest =
  { tool: string; arguments?: JsonObject | undefined } | { approval: string | readonly string[] };

/** The shape of the value with which the graph continues. */
export type ResumeShape =
  | { kind: 'output' }
  /** True or false, or a list of these for several questions. */
  | { kind: 'boolean'; isList: boolean }
  /** `humanInTheLoopMiddleware` of `langchain`. */
  | { kind: 'decisions' }
  /** `HumanInterrupt` of `@langchain/langgraph/prebuilt`. `rejects`: the type of the answer no for each question. */
  | { kind: 'responses'; isList: boolean; rejects: ('ignore' | 'response')[] };

/** An interrupt that can be answered. */
export type KnownInterrupt =
  { tool: string; arguments: JsonObject; shape: ResumeShape } | { questions: ApprovalRequest[]; shape: ResumeShape };

/** Reads the value of an interrupt. Undefined for a value whose answer is not known. */
export function readInterrupt(value: unknown): KnownInterrupt | undefined {
  const list: unknown[] = Array.isArray(value) ? value : [value];
  if (list.length > 0 && list.every(isHumanInterrupt)) return humanInterrupts(list, Array.isArray(value));
  if (!isObject(value)) return undefined;
  const { tool, arguments: args = {}, approval, actionRequests } = value;
  if (typeof tool === 'string' && tool !== '' && isObject(args)) {
    return { tool, arguments: args, shape: { kind: 'output' } };
  }
  const questions = Array.isArray(approval) ? (approval as unknown[]) : [approval];
  if (questions.length > 0 && questions.every((one) => typeof one === 'string' && one.trim() !== '')) {
    const shape = { kind: 'boolean' as const, isList: Array.isArray(approval) };
    return { questions: questions.map((question) => ({ question: question as string })), shape };
  }
  if (!Array.isArray(actionRequests) || actionRequests.length === 0 || !actionRequests.every(isObject))
    return undefined;
  const asked = actionRequests.map(({ name, args: given, description }) => ({
    question: described(description, String(name), given),
  }));
  return { questions: asked, shape: { kind: 'decisions' } };
}

interface HumanInterrupt {
  action_request: { action: string; args?: unknown };
  config?: unknown;
  description?: unknown;
}

function isHumanInterrupt(value: unknown): value is HumanInterrupt {
  return isObject(value) && isObject(value['action_request']) && typeof value['action_request']['action'] === 'string';
}

function humanInterrupts(list: HumanInterrupt[], isList: boolean): KnownInterrupt {
  const questions = list.map(({ action_request: { action, args }, description }) => ({
    question: described(description, action, args),
  }));
  const rejects = list.map(({ config }) =>
    isObject(config) && config['allow_ignore'] !== true && config['allow_respond'] === true ? 'response' : 'ignore',
  );
  return { questions, shape: { kind: 'responses', isList, rejects } };
}

/** The name and the arguments are always said, because a description can leave them out. */
function described(description: unknown, name: string, args: unknown): string {
  const question = callQuestion(name, args);
  return typeof description === 'string' && description.trim() !== '' ? `${description}\n${question}` : question;
}

const notApproved = 'The user did not approve this call.';

/** Returns the value with which the graph continues after the decisions about one interrupt. */
export function resumeValue(shape: ResumeShape, decisions: readonly ApprovalDecision[]): unknown {
  switch (shape.kind) {
    case 'decisions':
      return {
        decisions: decisions.map(({ approved }) =>
          approved ? { type: 'approve' } : { type: 'reject', message: notApproved },
        ),
      };
    case 'responses': {
      const responses = decisions.map(({ approved }, index) => {
        if (approved) return { type: 'accept', args: null };
        const type = shape.rejects[index] ?? 'ignore';
        return { type, args: type === 'response' ? notApproved : null };
      });
      return shape.isList ? responses : responses[0];
    }
    default: {
      const answers = decisions.map(({ approved }) => approved);
      return shape.kind === 'boolean' && shape.isList ? answers : answers.every(Boolean);
    }
  }
}
