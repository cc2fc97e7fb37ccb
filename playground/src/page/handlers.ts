// The handlers of client tools and effects. A handler is a JSON value or a choice from a list, never code.
import type { ClientToolCallItem } from 'chatkit-express/protocol';
import { parseJson } from '../protocol/frames';
import { createKeptStore, createStore } from './store';

export interface ToolHandler {
  /** `answer` sends the result at once, `ask` shows the call first, and `fail` sends an error. */
  mode: 'answer' | 'ask' | 'fail';
  /** The result as JSON. */
  result: string;
}

/** `show` shows the effect, `colour` uses the colour in its data for the page, and `ignore` ignores the effect. */
export type EffectHandler = 'show' | 'colour' | 'ignore';

export interface Handlers {
  tools: Record<string, ToolHandler>;
  effects: Record<string, EffectHandler>;
}

export const handlers = createKeptStore<Handlers>('handlers', 'browser', { tools: {}, effects: {} });

/** A tool call that waits for the user's answer. */
export interface WaitingCall {
  call: ClientToolCallItem;
  answer: (result: unknown) => void;
}

export const waitingCall = createStore<WaitingCall | null>(null);

/**
 * Returns the handler of a tool. The user's choice comes first, then the result in the options of the server. Without
 * either, the user is asked.
 */
export function toolHandler(name: string, clientTools: Record<string, unknown>): ToolHandler {
  const chosen = handlers.get().tools[name];
  if (chosen) return chosen;
  if (Object.hasOwn(clientTools, name)) {
    return { mode: 'answer', result: JSON.stringify(clientTools[name], null, 2) };
  }
  return { mode: 'ask', result: '{}' };
}

/** Runs a client tool and resolves to its result. */
export async function runTool(call: ClientToolCallItem, clientTools: Record<string, unknown>): Promise<unknown> {
  const { mode, result } = toolHandler(call.name, clientTools);
  if (!handlers.get().tools[call.name]) setTool(call.name, { mode, result }); // so that the user can find and edit it
  if (mode === 'fail') return { error: `The playground was told to let ${call.name} fail` };
  const value = parseJson(result);
  if (mode === 'answer' && value !== undefined) return value;
  return new Promise((resolve) => {
    waitingCall.set({
      call,
      answer(given) {
        waitingCall.set(null);
        resolve(given);
      },
    });
  });
}

export function setTool(name: string, handler: ToolHandler): void {
  handlers.set((before) => ({ ...before, tools: { ...before.tools, [name]: handler } }));
}

export function setEffect(name: string, handler: EffectHandler): void {
  handlers.set((before) => ({ ...before, effects: { ...before.effects, [name]: handler } }));
}

/** Returns the handler of an effect. Until the user chooses, an effect that names a colour changes that of the page. */
export function effectHandler(name: string, data: Record<string, unknown>): EffectHandler {
  return handlers.get().effects[name] ?? (colourIn(data) ? 'colour' : 'show');
}

/** Returns the first value that is a CSS colour of six hexadecimal digits. */
export function colourIn(data: Record<string, unknown>): string | undefined {
  const found = Object.values(data).find((value) => typeof value === 'string' && /^#[0-9a-f]{6}$/i.test(value));
  return typeof found === 'string' ? found : undefined;
}
